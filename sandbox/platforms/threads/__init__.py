"""Threads as it answers to programs: containers that are published, replies, quotas, numbers (https://developers.facebook.com/docs/threads)."""
