"""What was brought to a platform for a publication that was cancelled since: it is taken away there, where that is safe.

Nobody can see such a thing but the account's owner (a private video), yet it would stay for ever. First nobody may use it any
more: under the lock of the publication it loses the name by which an upload is found again. Then the platform is asked, which
takes it away only if it is still as we left it.
"""

import structlog
from django.db import connection
from django.db.models.functions import Now

from accounts import audit
from multivio import tenancy
from posts.models import Publication, StepResult
from social import platforms, tokens
from social.contract import NeedsReauth, PlatformError, Refused

log = structlog.get_logger(__name__)
ABANDONED = "abandoned:"
AT_ONCE = 50

# Whoever sent something, or may have, has nothing to clear up. The lock keeps a publication from being planned meanwhile.
ABANDON = """
with left_behind as (
  select p.id from posts_publication p
  where p.state = 'cancelled' and p.committed = 0 and p.platform = %(platform)s
    and exists (select from posts_stepresult r where r.publication_id = p.id and starts_with(r.name, %(prefix)s)
                and r.expires_at > clock_timestamp() and r.value ->> %(key)s <> '')
    and not exists (select from posts_attempt a where a.publication_id = p.id and starts_with(a.step, 'commit:')
                    and a.status in ('intent', 'ambiguous', 'ok') and not a.disproved)
  order by p.id limit %(most)s
  for update of p skip locked
)
update posts_stepresult r set name = %(abandoned)s || (r.value ->> %(key)s)
from left_behind p
where r.publication_id = p.id and starts_with(r.name, %(prefix)s) and r.value ->> %(key)s <> ''
"""


def clear_up() -> int:
    """One round; how many were taken away. Calls platforms, so no transaction may be open."""
    _abandon()
    return sum(_taken_away(row) for row in _waiting())


def _abandon() -> None:
    for platform in platforms.enabled():
        if platform.leaves_behind is None:
            continue
        prefix, key = platform.leaves_behind
        given: dict[str, str | int] = {
            "platform": platform.slug,
            "prefix": prefix,
            "key": key,
            "abandoned": ABANDONED,
            "most": AT_ONCE,
        }
        with tenancy.system("clearing up"), connection.cursor() as cursor:
            cursor.execute(ABANDON, given)


def _waiting() -> list[StepResult]:
    with tenancy.system("clearing up"):
        rows = StepResult.objects.filter(name__startswith=ABANDONED, expires_at__gt=Now())
        reachable = rows.filter(
            publication__connection__disconnected_at=None, publication__connection__grant__dead_at=None
        )
        return list(reachable.select_related("publication").order_by("id")[:AT_ONCE])


def _taken_away(row: StepResult) -> bool:
    publication, remote_id = row.publication, row.name.removeprefix(ABANDONED)
    try:
        account = tokens.account_for(publication.connection_id)
        is_gone = platforms.get(publication.platform).clear_up(account, remote_id)
    except (Refused, NeedsReauth) as error:
        log.info("left behind", platform=publication.platform, remote_id=remote_id, code=error.code)
        is_gone = False
    except PlatformError as error:
        log.info("not cleared up yet", platform=publication.platform, remote_id=remote_id, code=error.code)
        return False
    _written_down(row, publication, is_gone=is_gone, remote_id=remote_id)
    return is_gone


def _written_down(row: StepResult, publication: Publication, *, is_gone: bool, remote_id: str) -> None:
    with tenancy.system("clearing up"):
        StepResult.objects.filter(pk=row.pk).delete()
        if is_gone:
            audit.record(
                actor=None,
                action="publication.upload_taken_away",
                target=publication,
                workspace=publication.workspace,
                after={"remote_id": remote_id},
            )
