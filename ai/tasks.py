"""Celery doors of ai. Each may come twice: twice is as good as once."""

from celery import shared_task

from ai import services


@shared_task
def close_lost() -> None:
    """Close what was never finished."""
    services.close_lost()


@shared_task
def tidy() -> None:
    """Forget the words of old generations."""
    services.forget_words()
