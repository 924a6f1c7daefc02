"""Where words of Grok meet posts: which post took which, pictures described and drawn, ideas as drafts."""
