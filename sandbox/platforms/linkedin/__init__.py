"""LinkedIn: api.linkedin.com under /linkedin/api, www.linkedin.com under /linkedin."""
