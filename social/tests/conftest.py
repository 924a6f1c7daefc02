"""Fixtures of social's tests."""

from social.tests.cast import cast

__all__ = ["cast"]
