"""Connecting X with OAuth 1.0a (https://docs.x.com/fundamentals/authentication/oauth-1-0a/obtaining-user-access-tokens)."""
