"""API keys: their page and their part of the API. The rules are in accounts/services.py."""
