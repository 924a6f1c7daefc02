"""An owner says which connections stay, where a plan has no room for all: now, when the plan of now ends, or on a smaller one that
they ask for. It can be said anew at any time; what follows from it, billing/places.py says."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts import audit
from accounts.models import Workspace
from accounts.roles import Right
from accounts.services import Actor
from billing import following, limits, places, standing
from billing.errors import StripeUnavailable
from billing.models import BillingAccount
from billing.places import Place
from billing.plans import MEASURES, Plan, What
from billing.standing import Standing, account_of
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Invalid, Problem


@dataclass(frozen=True)
class Choice:
    """So many of these connections have a place in `plan`: those in `stays`, unless somebody says otherwise. `at`: when that plan
    begins, where it has not. `rests_from`: until then nothing stops, since nobody has chosen."""

    plan: Plan
    most: int
    places: list[Place]
    stays: frozenset[UUID]
    is_decided: bool
    at: datetime | None = None
    rests_from: datetime | None = None

    @property
    def of_several(self) -> bool:
        """Whether they are of more than one workspace."""
        return len({place.workspace_id for place in self.places}) > 1

    @property
    def resting(self) -> list[Place]:
        return [place for place in self.places if place.uid not in self.stays]


def current(workspace: Workspace) -> Choice | None:
    """What there is to choose for the plan of now, or for the one after it; None where there is room for all."""
    with tenancy.system("which connections stay"):
        return _current(standing.of(workspace))


def for_plan(workspace: Workspace, plan: Plan) -> Choice | None:
    """The same for a plan that somebody thinks of."""
    with tenancy.system("which connections would stay"):
        found = standing.of(workspace)
        return _choice(found, plan, places.of_group(found.group, with_posts=True))


def _current(found: Standing) -> Choice | None:
    group = places.of_group(found.group, with_posts=True)
    now = _choice(found, found.plan, group, rests_from=found.rests_from)
    ahead = standing.coming(found)
    return now or (_choice(found, ahead.plan, group, at=ahead.at) if ahead else None)


def _choice(found: Standing, plan: Plan, group: Sequence[Place], **when: datetime | None) -> Choice | None:
    most = plan.limits[What.CONNECTIONS]
    if most is None or len(group) <= most:
        return None
    decided = places.is_decided(found.account, group, most)
    chosen = found.account.staying if found.account and decided else ()
    return Choice(plan, most, list(group), places.staying(group, most, chosen), decided, **when)


def choose(*, actor: Actor, stays: Collection[UUID]) -> Choice:
    """Let these stay; the others rest as soon as there is no room for them. Raises Forbidden, Invalid, Conflict."""
    actor.require(Right.PAY)
    require_own(actor.workspace)
    with tenancy.system("which connections stay"):
        account = account_of(actor.workspace.pk)
        limits.lock(account.workspace_id)
        choice = _current(standing.of(actor.workspace))
        if choice is None:
            raise Conflict("There is room for all connections, so there is nothing to choose.", code="room_for_all")
        _store(actor, account, _checked(choice, stays))
        following.follow(account)
        return _current(standing.of(actor.workspace)) or choice


def require_own(workspace: Workspace) -> None:
    """Raise Conflict where another workspace pays: the choice is made there."""
    if standing.of(workspace).workspace_id != workspace.pk:
        raise Conflict("Another workspace pays for this one: choose there.", code="paid_by_another")


@contextmanager
def kept_for(*, actor: Actor, plan: Plan, stays: Collection[UUID] | None) -> Iterator[None]:
    """Around asking for a smaller plan: what stays is known before it begins. Where it is refused, what was chosen before holds
    again. Raises Invalid. No transaction is open inside."""
    choice = None if stays is None else for_plan(actor.workspace, plan)
    if choice is None or stays is None:
        yield
        return
    wanted = _checked(choice, stays)
    with tenancy.system("which connections stay"):
        account = account_of(actor.workspace.pk)
        before = account.staying, account.chosen_at
        _store(actor, account, wanted)
    try:
        yield
    except StripeUnavailable:
        raise  # it may have been done all the same, and then the choice is needed
    except DomainError:
        with tenancy.system("the plan stays as it is"):
            BillingAccount.objects.filter(pk=account.pk).update(staying=before[0], chosen_at=before[1])
        raise


def _checked(choice: Choice, stays: Collection[UUID]) -> list[str]:
    known = {place.uid for place in choice.places}
    problems = [
        Problem(f"stays.{number}", "unknown_connection", "There is no such connection on this bill.")
        for number, uid in enumerate(stays)
        if uid not in known
    ]
    if len(set(stays)) > choice.most:
        noun = MEASURES[What.CONNECTIONS].one if choice.most == 1 else MEASURES[What.CONNECTIONS].many
        sentence = f"{choice.plan.name} has {choice.most} {noun}; you chose {len(set(stays))}."
        problems.append(Problem("stays", "too_many", sentence))
    if problems:
        raise Invalid.because(problems)
    return sorted(str(uid) for uid in set(stays))


def _store(actor: Actor, account: BillingAccount, stays: list[str]) -> None:
    before, account.staying, account.chosen_at = {"stays": account.staying}, stays, timezone.now()
    account.save(update_fields=["staying", "chosen_at"])
    workspace = account.workspace
    audit.record(
        actor=actor, action="plan.connections_chosen", target=workspace, workspace=workspace, before=before,
        after={"stays": stays},
    )  # fmt: skip
