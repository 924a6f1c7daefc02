"""How posts and media count against the plan."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from billing.limits import counted
from billing.plans import What
from posts.models import Media, Post, Publication
from posts.states import MOVING, PostState, State
from social.models import PlatformSlug

# On its way to X, or there: what a platform that bills each post will have billed.
COSTS = (State.SCHEDULED, State.PUBLISHED, State.NEEDS_HUMAN, *sorted(MOVING))


@counted(What.SCHEDULED_POSTS)
def scheduled_posts(workspaces: Sequence[int], _since: datetime, _until: datetime) -> int:
    return int(Post.objects.filter(workspace_id__in=workspaces, state=PostState.SCHEDULED).count())


@counted(What.X_POSTS)
def x_posts(workspaces: Sequence[int], since: datetime, until: datetime) -> int:
    """Each post of a thread is one: X bills them one by one."""
    return _parts(workspaces, since, until, COSTS)


def x_posts_to_come(workspaces: Sequence[int], since: datetime, until: datetime) -> int:
    """Of those what is not published yet."""
    return _parts(workspaces, since, until, [each for each in COSTS if each != State.PUBLISHED])


def _parts(workspaces: Sequence[int], since: datetime, until: datetime, states: Sequence[State]) -> int:
    rows = Publication.objects.filter(workspace_id__in=workspaces, platform=PlatformSlug.X, state__in=states)
    return int(rows.filter(due_at__gte=since, due_at__lt=until).aggregate(found=Sum("commits"))["found"] or 0)


@counted(What.STORAGE)
def storage(workspaces: Sequence[int], _since: datetime, _until: datetime) -> int:
    """Bytes of what was uploaded; previews are on us."""
    return int(Media.objects.filter(workspace_id__in=workspaces).aggregate(found=Sum("size"))["found"] or 0)
