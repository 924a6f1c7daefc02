"""Journeys through the product in a real browser, against real servers: web, engine and sandbox, each its own process."""
