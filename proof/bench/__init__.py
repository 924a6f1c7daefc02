"""How fast publishing is, measured with real processes against a platform that costs next to nothing. See __main__.py."""
