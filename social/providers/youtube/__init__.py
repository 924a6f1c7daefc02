"""Connecting YouTube channels (https://developers.google.com/identity/protocols/oauth2/web-server), apart from Google sign-in."""
