"""Connecting TikTok accounts (https://developers.tiktok.com/doc/login-kit-web)."""
