"""Rules of time zones change. What is planned for 09:00 in a place stays at 09:00 there, whatever instant that is by now."""

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
    scheduled = Exists(Publication.objects.filter(post=OuterRef("pk"), state=State.SCHEDULED))
    while True:
        with tenancy.system("rules of time zones"), transaction.atomic():
            rows = list(
                Post.objects.select_for_update(skip_locked=True)
                .filter(scheduled, pk__gt=last, due_at__gt=Now(), planned_on__isnull=False)
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
    if due == post.due_at:
        return False
    Post.objects.filter(pk=post.pk).update(due_at=due)
    scheduled = list(Publication.objects.select_for_update().filter(post=post, state=State.SCHEDULED))
    Publication.objects.filter(pk__in=[p.pk for p in scheduled]).update(
        due_at=due,
        error_code=MOVED,
        error_sentence=f"The rules of {post.zone} changed: it keeps its local time and goes out at {due:%H:%M} UTC.",
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
        for p in scheduled
    )
    return True
