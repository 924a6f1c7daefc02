"""Pages of people and workspaces. Thin doors: form in, service, template out."""
