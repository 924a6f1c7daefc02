"""Connecting an account with Instagram's own log-in
(https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login)."""
