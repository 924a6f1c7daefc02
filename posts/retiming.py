"""Rules of time zones change. What is planned for 09:00 in a place stays at 09:00 there, whatever instant that is by now."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from accounts import audit
from multivio import tenancy
from posts.models import Post, Publication
from posts.outbox_models import Outbox
from posts.schedule import WallTime
from posts.states import State

AT_ONCE = 500
MOVED = "moved"


def recompute_due_times() -> int:
    """Compare every coming post's instant with its wall time by the rules of today; how many moved. Repeatable."""
    moved, last = 0, 0
    coming = Publication.objects.filter(post=OuterRef("pk"), state=State.SCHEDULED, due_at__gt=Now())
    while True:
        with tenancy.system("rules of time zones"), transaction.atomic():
            rows = list(
                Post.objects.select_for_update(skip_locked=True)
                .filter(Exists(coming), pk__gt=last, planned_on__isnull=False)
                .annotate(in_slots=Exists(coming.filter(planned_on__isnull=False)))
                .order_by("pk")[:AT_ONCE]
            )
            moved += sum(_recompute(post) for post in rows)
        if not rows:
            return moved
        last = rows[-1].pk


def _recompute(post: Post) -> bool:
    if post.planned_on is None or post.planned_time is None:
        return False
    due = WallTime(post.planned_on, post.planned_time, post.zone, post.fold).instant()
    if due == post.due_at and not post.in_slots:  # type: ignore[attr-defined]
        return False
    moved = _moved(post, due)
    if not moved:
        return False
    Post.objects.filter(pk=post.pk).update(due_at=due)
    for publication, moment in moved:
        Publication.objects.filter(pk=publication.pk).update(
            due_at=moment,
            error_code=MOVED,
            error_sentence=f"The rules of {post.zone} changed: it keeps its local time and goes out at {moment:%H:%M} UTC.",
        )
    before, after = {"due_at": post.due_at}, {"due_at": due}
    audit.record(
        actor=None,
        action="post.moved",
        target=post,
        workspace=post.workspace,
        before=before,
        after=after,
        reason=f"The rules of {post.zone} changed.",
    )
    Outbox.objects.bulk_create(
        Outbox(workspace_id=post.workspace_id, publication=p, state=State.SCHEDULED, code=MOVED, at=Now())
        for p, _moment in moved
    )
    return True


def _moved(post: Post, due: datetime) -> list[tuple[Publication, datetime]]:
    """The coming publications whose moment is another one now, each with it: of its own slot, else of the post."""
    rows = Publication.objects.select_for_update().filter(post=post, state=State.SCHEDULED, due_at__gt=Now())
    found = []
    for one in rows.filter(priority=Publication.NORMAL).order_by("id"):
        own = one.planned_on and one.planned_time and WallTime(one.planned_on, one.planned_time, post.zone).instant()
        if (own or due) != one.due_at:
            found.append((one, own or due))
    return found
