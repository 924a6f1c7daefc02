"""Celery doors of ai."""

from celery import shared_task

from ai import services


@shared_task
def tidy() -> None:
    """Close what was never finished, and forget the words of old generations. Twice is as good as once."""
    services.tidy()
