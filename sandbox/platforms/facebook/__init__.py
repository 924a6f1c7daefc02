"""Facebook Pages in the sandbox (https://developers.facebook.com/docs/pages-api)."""
