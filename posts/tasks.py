"""Celery doors of publishing. They carry no state: losing one, or getting one twice, changes nothing."""

import contextlib

from celery import shared_task
from django.db import connection
from redis import RedisError

from ai import drawing as drawings
from multivio import tenancy
from multivio.health import heartbeat
from posts import clearing, deleting, metered, metrics, noting, retiming, staging, telling, weekly, worker
from posts.words import pictures


@shared_task(expires=30)
def drain() -> None:
    """The bell: something is due, look now."""
    worker.ring()


@shared_task(expires=30)
def sweep() -> None:
    """What lost leases mean, also when no engine is left to say so. That it comes shows that beat is alive."""
    with contextlib.suppress(RedisError):
        heartbeat("beat")
    with tenancy.system("sweep"), connection.cursor() as cursor:
        cursor.execute("select * from mv_sweep()")


@shared_task(expires=60)
def tell() -> None:
    """Tell people what needs them, in the product and by mail, and the operator what blocks everybody."""
    noting.note()
    telling.tell()
    telling.tell_operator()


@shared_task(expires=300)
def count_posts_to_x() -> None:
    """For those who pay for each one beyond their plan."""
    metered.count()


@shared_task(expires=60)
def stage() -> None:
    """Start uploading what is due soon, so that only the last call remains when its time comes."""
    for publication in staging.due_soon():
        stage_one.apply_async((publication,), queue="stage", expires=staging.AHEAD.total_seconds())


@shared_task
def recompute_due_times() -> None:
    """Rules of time zones change with the package that carries them."""
    retiming.recompute_due_times()


@shared_task
def stage_one(publication: int) -> None:
    staging.stage(publication)


# carries_context is TenantTask's, of which the package's types know nothing.
@shared_task(carries_context=False)  # type: ignore[call-overload,untyped-decorator,unused-ignore]
def delete_one(deletion: int) -> None:
    """Delete one publication on its platform; a second call meanwhile finds that somebody is at it."""
    deleting.carry_out(deletion)


@shared_task(expires=60)
def delete_due() -> None:
    """Take up deletions that wait for their time, or whose worker died."""
    for deletion in deleting.due():
        delete_one.apply_async((deletion,), expires=deleting.TURN.total_seconds())


@shared_task(carries_context=False)  # type: ignore[call-overload,untyped-decorator,unused-ignore]
def read_numbers_of(connection: int) -> None:
    """Read what is due of one account, in the platform's batches."""
    metrics.read(connection)


@shared_task(expires=60)
def read_numbers() -> None:
    """Find the accounts of which numbers are due."""
    for connection_id in metrics.due_connections():
        read_numbers_of.apply_async((connection_id,), expires=metrics.TURN.total_seconds())


@shared_task(expires=3600)
def tell_of_the_week() -> None:
    """Find whose week has just begun where they live, and sum up the last one."""
    weekly.tell_of_the_week()


@shared_task(expires=600)
def clear_up() -> None:
    """Take away what cancelled publications left on platforms."""
    clearing.clear_up()


@shared_task(carries_context=False)  # type: ignore[call-overload,untyped-decorator,unused-ignore]
def draw(drawing: int) -> None:
    """Draw one picture; a second call finds that it was asked, and asks nothing."""
    pictures.draw(drawing)


@shared_task(expires=60)
def draw_waiting() -> None:
    """Hand over the pictures that nobody has taken yet, and close those whose worker died."""
    drawings.close_lost()
    pictures.hand_over(drawings.waiting())
