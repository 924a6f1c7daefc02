"""Grok in a box: xAI's REST, with words that are always the same for the same question."""
