"""Instagram's professional accounts in the sandbox (https://developers.facebook.com/docs/instagram-platform)."""
