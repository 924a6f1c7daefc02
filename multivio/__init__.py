"""Multivio: write once, publish everywhere, exactly once or you are told."""

from multivio.celery import app as celery_app

__all__ = ["celery_app"]
