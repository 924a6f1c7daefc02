"""One package per platform."""
