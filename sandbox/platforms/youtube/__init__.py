"""YouTube: Google's APIs under /youtube/api, accounts.google.com and youtube.com under /youtube."""
