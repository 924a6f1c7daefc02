"""Connecting X with OAuth 2.0 and PKCE (https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code)."""
