"""What the plan allows of posts. Taken before any row is locked, since whoever holds posts for a missing payment takes the same
lock first."""

from accounts.models import Workspace
from billing import limits
from billing.plans import What
from posts.models import Post, Publication
from posts.states import PostState, State
from social.models import PlatformSlug


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
