"""What follows from a change of a plan or of time: posts are held or let go, people are told, and it is written down."""

from collections.abc import Iterable

import structlog
from django.db import OperationalError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.models import Workspace
from billing import limits, places, signals, standing
from billing.access import Access
from billing.models import BillingAccount, Subscription
from billing.standing import Standing
from billing.telling import tell_owners
from multivio import tenancy

log = structlog.get_logger(__name__)
ON_FREE = (
    "Nothing was deleted. Where the free plan has room for fewer accounts, the others rest: we tell you which, and you can choose."
    " Of everything else that is more than it has, all stays, and nothing can be added."
)


def follow(account: BillingAccount) -> None:
    """Bring everything in line with what the workspace has now. In a context of the system, with the account locked."""
    limits.lock(account.workspace_id)
    found = standing.of_payer(account.workspace_id, timezone.now())
    if found.is_held:
        # Each time: what a worker had in hand when posts were held may have come back in line since.
        signals.payment_missing.send(BillingAccount, workspaces=list(found.group))
    if found.is_held and account.held_at is None:
        _stop(account, found)
    elif not found.is_held and account.held_at is not None:
        _go_on(account, found)
    places.follow(account, found)
    if account.told_access != found.access:
        _tell(account, found)
    _look_for_doubles(account)


def look_again(workspace: Workspace) -> None:
    """Something of the workspace takes less room than before. In a transaction of its own: it takes locks that come first."""
    with tenancy.system("room in a plan"):
        payer = standing.of(workspace).workspace_id
        account = (
            BillingAccount.objects.select_for_update().filter(workspace_id=payer, resting_since__isnull=False).first()
        )
        if account is not None:
            follow(account)


def follow_each(workspaces: Iterable[int]) -> None:
    """Workspaces that pay for themselves from now on, each in a transaction of its own."""
    for pk in workspaces:
        with tenancy.system("who pays for itself"):
            if Workspace.objects.filter(pk=pk).exists():
                follow(standing.account_of(pk))
                _let_go(pk)


def _let_go(workspace_id: int) -> None:
    """What waited for the payment of whoever paid before: that account is gone, and its own says nothing of it."""
    if not standing.of_payer(workspace_id, timezone.now()).is_held:
        signals.payment_back.send(BillingAccount, workspaces=[workspace_id])


def follow_all() -> int:
    """Time alone ends a grace, a gift, and the days to choose in: look at everybody whose standing may have changed by it; how
    many were looked at."""
    with tenancy.system("plans that time changes"):
        late = Subscription.objects.filter(status="past_due").values("workspace_id")
        given = BillingAccount.objects.filter(workspace__comps__isnull=False).values("workspace_id")
        ending = Subscription.objects.living().filter(cancel_at__isnull=False).values("workspace_id")
        may_change = Q(workspace_id__in=late) | Q(workspace_id__in=given) | Q(workspace_id__in=ending)
        for name in ("held_at", "rests_from", "resting_since", "told_ending_at"):
            may_change |= Q(**{f"{name}__isnull": False})
        ids = list(BillingAccount.objects.filter(may_change).values_list("pk", flat=True))
    for pk in ids:
        try:
            _follow_one(pk)
        except OperationalError:  # such as a deadlock; the others go on, and the tick comes back to this one
            log.exception("a plan could not be followed", account=pk)
    return len(ids)


def _follow_one(pk: int) -> None:
    with tenancy.system("plans that time changes"):
        account = BillingAccount.objects.select_for_update().filter(pk=pk).first()
        if account is not None:
            follow(account)


def _stop(account: BillingAccount, found: Standing) -> None:
    BillingAccount.objects.filter(pk=account.pk).update(held_at=Now())
    account.refresh_from_db()
    _write_down(account, "plan.held", {"access": account.told_access}, {"access": found.access})


def _go_on(account: BillingAccount, found: Standing) -> None:
    signals.payment_back.send(BillingAccount, workspaces=list(found.group))
    BillingAccount.objects.filter(pk=account.pk).update(held_at=None)
    account.refresh_from_db()
    _write_down(account, "plan.released", {"access": Access.HELD}, {"access": found.access})


def _write_down(account: BillingAccount, action: str, before: dict[str, str], after: dict[str, str]) -> None:
    audit.record(
        actor=None, action=action, target=account.workspace, workspace=account.workspace, before=before, after=after
    )


def _tell(account: BillingAccount, found: Standing) -> None:
    """The owners, once for each step."""
    before, workspace = Access(account.told_access), account.workspace
    BillingAccount.objects.filter(pk=account.pk).update(told_access=found.access)
    account.told_access = found.access
    title, body = _step(before, found)
    tell_owners(workspace, title.format(workspace=workspace.name), body, key="")


def _step(before: Access, found: Standing) -> tuple[str, str]:
    """What is said of a step, with `{workspace}` in its title."""
    plan = found.plan.name
    match before, found.access:
        case Access.NONE, Access.FULL:
            return (
                f"{{workspace}} is on {plan} now",
                f"Everything in {plan} is there. Invoices are under Plan and usage.",
            )
        case Access.HELD, Access.FULL:
            return "The plan of {workspace} is in order again", "Posts that waited for it are back in line."
        case _, Access.FULL:
            return "The plan of {workspace} is in order again", "You need not do anything."
        case _, Access.NONE:
            return "{workspace} is on the free plan now", ON_FREE
        case _:
            return found.rule.title, f"{found.rule.sentence} {found.rule.step}"


def _look_for_doubles(account: BillingAccount) -> None:
    """Two that are paid for one workspace: somebody paid twice, and should know."""
    paid = Subscription.objects.of(account.workspace_id).filter(status__in=["active", "trialing", "past_due"])
    ids = sorted(paid.values_list("stripe_id", flat=True))
    if len(ids) < 2:
        return
    key = f"double:{account.workspace_id}:{ids[-1]}"[:120]
    tell_owners(
        account.workspace,
        f"{account.workspace.name} has two subscriptions",
        "Both are charged. Cancel one of them under Plan and usage, or write to us.",
        key=key,
    )
