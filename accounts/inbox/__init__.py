"""Notifications as people read them: bell, page, preferences, API and devices."""
