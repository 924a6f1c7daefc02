"""X: api.x.com under /x/api, x.com under /x."""
