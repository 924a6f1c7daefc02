"""Pages of posts. Thin doors: form in, service, template out."""
