"""Uploads ahead of time, so that only the last call remains when a publication is due.

A task of its own over scheduled rows. It never holds a publication: whoever claims or edits it goes first, and what staging
would still write is then refused. Names in the stash carry the content's hash, so an edit never sends what was staged
before it. Whatever goes wrong here is tried again at the due time, by the engine, with all its rules.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, JsonbLoader

from multivio import tenancy
from posts.content import errors
from posts.engine.store import LOAD, as_work
from posts.engine.values import Work
from posts.media.addresses import jpeg_pull_address, pull_address, stream_address
from posts.media.services import open_media
from posts.models import PostMedia, Publication, StepResult
from posts.states import State
from social import platforms, tokens
from social.contract import Job, NotSent, PlatformError

log = structlog.get_logger(__name__)
AHEAD = timedelta(minutes=10)
LAST_MOMENT = timedelta(seconds=20)  # by then the engine does it itself
MOST = 200
MARK = "staging"  # in the stash: who stages, and afterwards what was staged

TAKE = """
insert into posts_stepresult (workspace_id, publication_id, name, value, expires_at)
select p.workspace_id, p.id, %(mark)s, %(value)s, clock_timestamp() + interval '10 minutes'
from posts_publication p where p.id = %(id)s and p.fence = %(fence)s and p.state = 'scheduled'
on conflict (publication_id, name) do update set value = excluded.value, expires_at = excluded.expires_at
where posts_stepresult.expires_at < clock_timestamp() or posts_stepresult.value ->> 'digest' <> excluded.value ->> 'digest'
returning publication_id
"""
PUT = """
insert into posts_stepresult (workspace_id, publication_id, name, value, expires_at)
select p.workspace_id, p.id, %(name)s, %(value)s, clock_timestamp() + make_interval(secs => %(seconds)s)
from posts_publication p where p.id = %(id)s and p.fence = %(fence)s and p.state = 'scheduled'
for share
on conflict (publication_id, name) do update set value = excluded.value, expires_at = excluded.expires_at
returning publication_id
"""


class StagedStash:
    """Implements social.contract.Stash for a publication that nobody holds: written only while that is so."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def get(self, name: str) -> Mapping[str, Any] | None:
        with tenancy.system("staging"):
            found = StepResult.objects.filter(
                publication=self._work.claim.id, name=name, expires_at__gt=Now()
            ).values_list("value", flat=True)
            value: Mapping[str, Any] | None = found.first()
            return value

    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None:
        """Keep a result. Raises NotSent when somebody holds the publication, or it is not scheduled any more."""
        given = {**_named(self._work), "name": name, "value": Jsonb(dict(value)), "seconds": lives_seconds}
        if not _written(PUT, given):
            raise NotSent("It is being published, or is not scheduled any more.", code="lease_lost")


def due_soon() -> list[int]:
    """Scheduled publications with media that are due within ten minutes, the nearest first."""
    with tenancy.system("staging"):
        rows = Publication.objects.filter(
            Exists(PostMedia.objects.filter(post=OuterRef("post"))),
            state=State.SCHEDULED,
            due_at__gt=Now() + LAST_MOMENT,
            due_at__lt=Now() + AHEAD,
            connection__disconnected_at=None,
            connection__paused_at=None,
            workspace__paused_at=None,
        )
        return list(rows.order_by("due_at").values_list("pk", flat=True)[:MOST])


def stage(publication: int) -> bool:
    """Prepare one publication; whether everything is uploaded now. At once, so no transaction may be open."""
    work = _load(publication)
    if work is None or not _written(TAKE, {**_named(work), "mark": MARK, "value": Jsonb({"digest": work.digest})}):
        return False
    platform = platforms.get(work.claim.platform)
    if errors(platform.problems(work.variant, work.traits)):
        return False
    try:
        account = work.account or tokens.account_for(work.claim.connection_id)
        job = Job(
            account=account,
            variant=work.variant,
            stash=StagedStash(work),
            opener=open_media,
            addresser=pull_address,
            renderer=jpeg_pull_address,
            streamer=stream_address,
        )
        platform.prepare(job)
    except PlatformError as error:
        log.info("not staged, it is uploaded when it is due", publication=publication, code=error.code)
        return False
    return True


def _named(work: Work) -> dict[str, Any]:
    return {"id": work.claim.id, "fence": work.claim.fence}


def _load(publication: int) -> Work | None:
    with _cursor() as cursor:
        row = cursor.execute(LOAD, [[publication]]).fetchone()
    return as_work(row) if row else None


def _written(statement: str, given: Mapping[str, Any]) -> bool:
    with _cursor() as cursor:
        return cursor.execute(statement, given).fetchone() is not None


@contextmanager
def _cursor() -> Iterator[Any]:
    """psycopg's own, since the engine's statements are written for it."""
    with tenancy.system("staging"), transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(row_factory=dict_row) as cursor:
            cursor.adapters.register_loader("jsonb", JsonbLoader)  # Django reads it as text
            yield cursor
