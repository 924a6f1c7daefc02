"""Connecting the Instagram accounts behind Facebook Pages
(https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login)."""
