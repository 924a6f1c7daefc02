"""What the plan allows of posts. Taken before any row is locked, since whoever holds posts for a missing payment takes the same
lock first."""

from django.db.models import OuterRef, Q, Subquery

from accounts.models import Workspace
from billing import limits
from billing.plans import What
from posts.models import Post, Publication
from posts.querysets import PublicationQuerySet
from posts.states import PostState, State
from social.models import Connection, PlatformSlug

# A publication that waits since its account rests, as posts/migrations/sql/resting.sql says it too.
RESTS = {
    "error_code": "resting",
    "error_sentence": Subquery(Connection.objects.filter(pk=OuterRef("connection_id")).values("resting_reason")[:1]),
    "error_next_step": (
        "See Plan and usage: when the account goes on, what is still recent or yet to come goes out by itself."
    ),
}
IS_RESTING = Q(disconnected_at=None, resting_at__isnull=False) & ~Q(health=Connection.Health.BROKEN)


def require_paid(workspace: Workspace) -> None:
    """Raise PaymentNeeded while posts of the workspace wait for a payment."""
    limits.require_paid(workspace)


def require_room(post: Post) -> None:
    """Raise LimitReached when a post that has just been planned is one too many. Asked after it was stored."""
    if post.state == PostState.SCHEDULED:
        limits.require(post.workspace, What.SCHEDULED_POSTS, 0)
    going = Publication.objects.filter(post=post, platform=PlatformSlug.X, state=State.SCHEDULED)
    moment = going.values_list("due_at", flat=True).first()
    if moment is not None:
        limits.require(post.workspace, What.X_POSTS, 0, at=moment)


def hold_resting(publications: PublicationQuerySet) -> None:
    """What was put in line for an account that rests is held at once, and says so. The sweep would do the same a little later."""
    resting = publications.filter(state=State.SCHEDULED, connection__in=Connection.objects.filter(IS_RESTING))
    resting.update(state=State.HELD, **RESTS)
