"""States of a publication and of a post, the transitions between them, and the words people read.

The database enforces the same table (posts/migrations/sql/transitions.sql); a test holds the two together.
"""

from collections.abc import Iterable
from itertools import chain

from django.db import models


class State(models.TextChoices):
    """Of a publication, as stored."""

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    LEASED = "leased", "Publishing"  # a worker holds it and prepares; nothing is public
    SENDING = "sending", "Publishing"  # a committing call may be on its way
    PUBLISHED = "published", "Published"
    UNKNOWN = "unknown", "Unknown"
    NEEDS_HUMAN = "needs_human", "Needs you"
    FAILED = "failed", "Failed"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


class PostState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    PUBLISHING = "publishing", "Publishing"
    PUBLISHED = "published", "Published"
    PARTLY = "partly", "Partly published"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"
    NEEDS_YOU = "needs_you", "Needs you"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


class Approval(models.TextChoices):
    """Of a post, beside its state. Only what is approved as it stands counts: posts/services/approving.py."""

    NONE = "", "Not asked for"
    PENDING = "pending", "Waits for approval"
    APPROVED = "approved", "Approved"
    CHANGES = "changes", "Changes asked for"
    EDITED = "edited", "Changed since it was approved"


class OnApproval(models.TextChoices):
    """What happens to a post at the moment in which somebody approves it."""

    NOTHING = "", "Nothing yet"
    NOW = "now", "Publish it"
    AT = "at", "Schedule it as planned"
    NEXT = "next", "Put it into the next free slot"


# CANCELLED says that nothing of it went out: what is public in part and stopped becomes FAILED (the database holds that too).
TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.SCHEDULED: frozenset({State.LEASED, State.HELD, State.CANCELLED, State.FAILED, State.DRAFT}),
    State.LEASED: frozenset({State.SENDING, State.SCHEDULED, State.HELD, State.FAILED, State.CANCELLED}),
    State.SENDING: frozenset({State.PUBLISHED, State.FAILED, State.SCHEDULED, State.HELD, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.PUBLISHED, State.NEEDS_HUMAN, State.SCHEDULED, State.FAILED}),
    State.NEEDS_HUMAN: frozenset({State.PUBLISHED, State.SCHEDULED, State.FAILED, State.CANCELLED}),
    State.HELD: frozenset({State.SCHEDULED, State.CANCELLED, State.FAILED, State.DRAFT, State.PUBLISHED}),
    State.FAILED: frozenset({State.SCHEDULED, State.PUBLISHED, State.CANCELLED}),
    State.CANCELLED: frozenset({State.DRAFT}),
    State.PUBLISHED: frozenset(),
}
IN_FLIGHT = frozenset({State.LEASED, State.SENDING})
MOVING = IN_FLIGHT | {State.UNKNOWN}  # changes by itself: a page that shows it keeps looking
EDITABLE = frozenset({State.DRAFT, State.SCHEDULED, State.HELD, State.CANCELLED})
FINAL = frozenset({State.PUBLISHED, State.CANCELLED})

# The first that any publication is in names the post, unless all of them are at rest.
_FIRST_WINS = (
    (frozenset({State.NEEDS_HUMAN}), PostState.NEEDS_YOU),
    (IN_FLIGHT, PostState.PUBLISHING),
    (frozenset({State.UNKNOWN}), PostState.UNKNOWN),
    (frozenset({State.HELD}), PostState.HELD),
    (frozenset({State.SCHEDULED}), PostState.SCHEDULED),
    (frozenset({State.DRAFT}), PostState.DRAFT),
)


def post_state(publications: Iterable[tuple[str, int]]) -> PostState:
    """The state of a post from its publications, each as (state, committing steps that are public).

    The stored value is kept by a trigger (posts/migrations/sql/post_state.sql); this function documents it and a test
    compares the two over every combination.
    """
    pairs = list(publications)
    states = {State(state) for state, _ in pairs}
    for group, result in _FIRST_WINS:
        if states & group:
            return result
    if not states:
        return PostState.DRAFT
    if states == {State.CANCELLED}:
        return PostState.CANCELLED
    any_live = State.PUBLISHED in states or any(live for state, live in pairs if state == State.FAILED)
    if State.FAILED not in states:
        return PostState.PUBLISHED
    return PostState.PARTLY if any_live else PostState.FAILED


def transition_pairs() -> set[tuple[str, str]]:
    return set(chain.from_iterable(((a.value, b.value) for b in after) for a, after in TRANSITIONS.items()))
