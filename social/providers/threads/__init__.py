"""Connecting Threads profiles (https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions)."""
