"""Plans that support gives away, for a reason and until a day."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Workspace
from billing import following
from billing.models import Comp
from billing.plans import PLANS
from billing.standing import account_of
from multivio import tenancy
from multivio.errors import Forbidden, Invalid, Problem

LONGEST_COMP = timedelta(days=2 * 366)


@transaction.atomic
def give_plan(*, staff: Any, workspace: Workspace, plan: str, reason: str, ends_at: datetime) -> Comp:
    """A plan for nothing, by support: for a reason, and until a day. Raises Forbidden and Invalid."""
    if staff is not None and not (staff.is_staff and staff.is_active):
        raise Forbidden("Only support staff may give plans away.")
    problems = []
    if plan not in PLANS or PLANS[plan].is_free:
        problems.append(Problem("plan", "unknown_plan", "Choose a plan that is sold."))
    if len(reason.strip()) < 5:
        problems.append(Problem("reason", "too_short", "Say why, for whoever asks later."))
    if not timezone.now() < ends_at <= timezone.now() + LONGEST_COMP:
        problems.append(Problem("ends_at", "out_of_range", "Choose a day within the next two years."))
    if problems:
        raise Invalid.because(problems)
    with tenancy.system("a plan is given"):
        comp = Comp.objects.create(
            workspace=workspace, plan=plan, reason=reason.strip()[:300], granted_by=staff, ends_at=ends_at
        )
        after = audit.fields(comp, "plan", "ends_at")
        audit.record(
            actor=None,
            user=staff,
            action="plan.given",
            target=comp,
            workspace=workspace,
            after=after,
            reason=comp.reason,
        )
        following.follow(account_of(workspace.pk))
    return comp


@transaction.atomic
def take_back_plan(*, staff: Any, comp: Comp) -> None:
    """End a gift now. Twice is harmless."""
    with tenancy.system("a plan is taken back"):
        if Comp.objects.filter(pk=comp.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record(
                actor=None, user=staff, action="plan.taken_back", target=comp, workspace=comp.workspace,
                before=audit.fields(comp, "plan", "ends_at"), after=None,
            )  # fmt: skip
            following.follow(account_of(comp.workspace_id))
