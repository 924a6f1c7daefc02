"""What follows from a change of a plan or of time: posts are held or let go, people are told, and it is written down."""

from django.conf import settings
from django.core.mail import mail_admins
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import Workspace
from accounts.notification_models import Kind
from accounts.notifications import managers, notify
from accounts.roles import Right
from billing import limits, signals, standing
from billing.access import Access
from billing.models import BillingAccount, Subscription
from billing.standing import Standing
from multivio import tenancy


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
    if account.told_access != found.access:
        _tell(account, found)
    _look_for_doubles(account)


def follow_all() -> int:
    """Time alone ends a grace and a gift: look at everybody whose standing may have changed by it; how many were looked at."""
    with tenancy.system("plans that time changes"):
        late = Subscription.objects.filter(status="past_due").values("workspace_id")
        given = BillingAccount.objects.filter(workspace__comps__isnull=False).values("workspace_id")
        may_change = Q(workspace_id__in=late) | Q(workspace_id__in=given) | Q(held_at__isnull=False)
        ids = list(BillingAccount.objects.filter(may_change).values_list("pk", flat=True))
    for pk in ids:
        with tenancy.system("plans that time changes"):
            account = BillingAccount.objects.select_for_update().filter(pk=pk).first()
            if account is not None:
                follow(account)
    return len(ids)


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


TITLES = {
    Access.WARNED: "A payment for {workspace} failed",
    Access.HELD: "Posts of {workspace} wait for a payment",
    Access.NONE: "{workspace} is on the free plan now",
}


def _tell(account: BillingAccount, found: Standing) -> None:
    """The owners, once for each step."""
    before, workspace = account.told_access, account.workspace
    BillingAccount.objects.filter(pk=account.pk).update(told_access=found.access)
    account.told_access = found.access
    if found.access == Access.FULL:
        if before not in {Access.WARNED, Access.HELD}:
            return
        title, body = "The payment for {workspace} arrived", "Thank you. Posts that waited for it are back in line."
    elif found.access == Access.NONE:
        title = TITLES[Access.NONE]
        body = (
            "Nothing was deleted. What is more than the free plan has stays as it is, and nothing can be added to it."
        )
    else:
        title, body = TITLES[found.access], f"{found.rule.sentence} {found.rule.step}"
    tell_owners(workspace, title.format(workspace=workspace.name), body, key="")


def tell_owners(workspace: Workspace, title: str, body: str, *, key: str) -> None:
    """Whoever may pay hears of plan and payment."""
    notify(
        kind=Kind.BILLING,
        workspace=workspace,
        users=managers(workspace, Right.PAY),
        title=title,
        body=body,
        url=reverse("plan", args=[workspace.slug]),
        key=key,
    )


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


def tell_operator(subject: str, text: str) -> None:
    """What only whoever runs this can put right."""
    if settings.ADMINS:
        transaction.on_commit(lambda: mail_admins(subject, text, fail_silently=True))
