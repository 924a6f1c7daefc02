"""Which connections have a place in the plan. Those for which there is no room rest: they stay connected, what is scheduled for
them is held, and nothing new can be. An owner chooses which stay. Where nobody has, the owners are told and nothing stops for
BILLING_CHOICE_DAYS; then those stay that come first in `in_order`. Room that comes back is taken by itself.

The app above that has the connections answers `connections_asked` and does what `connections_rest` says.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from billing import signals
from billing.models import BillingAccount
from billing.plans import MEASURES, Plan, What
from billing.standing import Standing, coming
from billing.telling import tell_owners

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NAMED = 5
AHEAD = timedelta(days=35)  # so long before its end the owners are asked to choose: a month that was just paid, at once


@dataclass(frozen=True)
class Place:
    """A connection, as far as plans and their pages need to know it."""

    uid: UUID
    pk: int
    workspace_id: int
    workspace: str
    platform: str
    platform_name: str
    name: str
    handle: str
    picture: str
    is_primary: bool
    is_usable: bool
    rests: bool
    last_published_at: datetime | None
    scheduled: int = 0


def of_group(workspaces: Sequence[int], *, with_posts: bool = False) -> list[Place]:
    """The connections of these workspaces, in a context of the system."""
    answers: list[Any] = signals.connections_asked.send(Place, workspaces=list(workspaces), with_posts=with_posts)
    return [place for _, found in answers for place in found]


def in_order(places: Sequence[Place], chosen: Collection[str] = ()) -> list[Place]:
    """Who stays first: what an owner chose, what does not rest already, what works, what comes first on its platform, and then
    what was published to last."""
    return sorted(places, key=lambda each: _rank(each, chosen), reverse=True)


def _rank(place: Place, chosen: Collection[str]) -> tuple[bool, bool, bool, bool, datetime, int]:
    is_chosen = str(place.uid) in chosen
    last = place.last_published_at or LONG_AGO
    return is_chosen, not place.rests, place.is_usable, place.is_primary, last, -place.pk


def staying(places: Sequence[Place], most: int, chosen: Collection[str] = ()) -> frozenset[UUID]:
    """Those that have a place. Where fewer were chosen than there are, the next ones have one too."""
    return frozenset(place.uid for place in in_order(places, chosen)[:most])


def is_decided(account: BillingAccount | None, places: Sequence[Place], most: int) -> bool:
    """Whether an owner chose for so few places; what was chosen for a bigger plan is no answer."""
    if account is None or account.chosen_at is None:
        return False
    return sum(str(place.uid) in account.staying for place in places) <= most


def reason(plan: Plan) -> str:
    """Why one rests, as its page and its posts say it."""
    most = plan.limits[What.CONNECTIONS] or 0
    noun = MEASURES[What.CONNECTIONS].one if most == 1 else MEASURES[What.CONNECTIONS].many
    return f"This account rests: {plan.name} has {most} {noun}."


def follow(account: BillingAccount, found: Standing) -> None:
    """Let rest and go on what the plan of now says. In a context of the system, under the lock of the paying workspace, with the
    account locked."""
    places = of_group(found.group)
    most = found.most(What.CONNECTIONS)
    if most is None or len(places) <= most:
        _all_go_on(account, found, places)
    else:
        _some_rest(account, found, places, most)
    _look_ahead(account, found, places)


def _all_go_on(account: BillingAccount, found: Standing, places: Sequence[Place]) -> None:
    woken = [place for place in places if place.rests]
    if woken:
        signals.connections_rest.send(Place, workspaces=list(found.group), resting=set(), reason="")
        tell_owners(
            account.workspace,
            f"All accounts of {account.workspace.name} go on",
            f"{found.plan.name} has room for all of them. Posts that waited for it are back in line; what became too old"
            " meanwhile waits for your decision.",
            url=_page(account),
        )
        _write_down(account, "plan.connections_go_on", {"resting": len(woken)}, {"resting": 0})
    if woken or account.rests_from or account.resting_since:
        _set(account, rests_from=None, resting_since=None, **(NO_CHOICE if woken else {}))


def _some_rest(account: BillingAccount, found: Standing, places: Sequence[Place], most: int) -> None:
    stay = staying(places, most, account.staying)
    stopping = [place for place in places if place.uid not in stay and not place.rests]
    waking = [place for place in places if place.uid in stay and place.rests]
    if stopping and not is_decided(account, places, most):
        if account.rests_from is None:
            _announce(account, found, stopping)
        if timezone.now() < (account.rests_from or LONG_AGO):
            return
    resting = {place.pk for place in places if place.uid not in stay}
    # Each time: another plan that is as small says another name.
    signals.connections_rest.send(Place, workspaces=list(found.group), resting=resting, reason=reason(found.plan))
    if stopping or waking:
        _say_who_rests(account, found, [place for place in places if place.uid not in stay])
        named = [str(place.uid) for place in stopping], [str(place.uid) for place in waking]
        _write_down(
            account, "plan.connections_rest", None, {"rest": named[0], "go_on": named[1], "plan": found.plan.key}
        )
    _set(account, rests_from=None, resting_since=account.resting_since or timezone.now())


def _announce(account: BillingAccount, found: Standing, stopping: Sequence[Place]) -> None:
    """Nobody has chosen: nothing stops before the owners had some days to."""
    _set(account, rests_from=timezone.now() + timedelta(days=settings.BILLING_CHOICE_DAYS))
    tell_owners(
        account.workspace,
        f"Choose which accounts of {account.workspace.name} stay",
        f"{found.plan.name} has {found.most(What.CONNECTIONS)} of your connections. From {_day(account, account.rests_from)}"
        f" on these would rest, with the posts that are scheduled for them: {_names(stopping)}. Nothing is deleted, and until"
        " then everything goes on. You can choose others.",
        url=_page(account),
    )
    _write_down(account, "plan.connections_announced", None, {"rests_from": account.rests_from})


def _say_who_rests(account: BillingAccount, found: Standing, resting: Sequence[Place]) -> None:
    noun = "account rests" if len(resting) == 1 else "accounts rest"
    tell_owners(
        account.workspace,
        f"{len(resting)} {noun} in {account.workspace.name}",
        f"{found.plan.name} has {found.most(What.CONNECTIONS)} of your connections. At rest: {_names(resting)}. They stay"
        " connected, and their posts wait. You can let others rest instead, or choose a plan with room for all.",
        url=_page(account),
    )


NO_CHOICE: Mapping[str, Any] = {"staying": [], "chosen_at": None}


def _look_ahead(account: BillingAccount, found: Standing, places: Sequence[Place]) -> None:
    """A plan that ends is said while there is time to choose; one that goes on after all needs no choice."""
    ahead = coming(found)
    most = ahead.plan.limits[What.CONNECTIONS] if ahead else None
    is_short = most is not None and len(places) > most
    if ahead is None or most is None or not is_short:
        if account.told_ending_at is not None:
            _set(account, told_ending_at=None, **({} if account.resting_since else NO_CHOICE))
        return
    is_open = not is_decided(account, places, most)
    if account.told_ending_at == ahead.at or (is_open and ahead.at > timezone.now() + AHEAD):
        return
    _set(account, told_ending_at=ahead.at)
    if is_open:
        tell_owners(
            account.workspace,
            f"Choose which accounts of {account.workspace.name} stay",
            f"{found.plan.name} ends on {_day(account, ahead.at)}; then {ahead.plan.name} has {most} of your {len(places)}"
            " connections. Choose which stay: the others rest from then on. Nothing is deleted.",
            url=_page(account),
        )


def _set(account: BillingAccount, **values: object) -> None:
    BillingAccount.objects.filter(pk=account.pk).update(**values)
    for name, value in values.items():
        setattr(account, name, value)


def _names(places: Sequence[Place]) -> str:
    said = ", ".join(f"{place.handle} on {place.platform_name}" for place in places[:NAMED])
    return f"{said} and {len(places) - NAMED} more" if len(places) > NAMED else said


def _day(account: BillingAccount, moment: datetime | None) -> str:
    return f"{(moment or LONG_AGO).astimezone(account.workspace.tz):%-d %B}"


def _page(account: BillingAccount) -> str:
    return reverse("plan_connections", args=[account.workspace.slug])


def _write_down(
    account: BillingAccount, action: str, before: dict[str, object] | None, after: dict[str, object]
) -> None:
    workspace = account.workspace
    audit.record(actor=None, action=action, target=workspace, workspace=workspace, before=before, after=after)
