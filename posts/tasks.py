"""Celery doors of publishing. They carry no state: losing one, or getting one twice, changes nothing."""

from celery import shared_task
from django.db import connection

from multivio import tenancy
from posts import worker


@shared_task(expires=30)
def drain() -> None:
    """The bell: something is due, look now."""
    worker.ring()


@shared_task(expires=30)
def sweep() -> None:
    """What lost leases mean, also when no engine is left to say so."""
    with tenancy.system("sweep"), connection.cursor() as cursor:
        cursor.execute("select * from mv_sweep()")
