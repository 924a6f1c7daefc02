"""One bill for several workspaces: who pays for a new one."""

from django.conf import settings
from django.utils import timezone

from accounts.models import Member, User, Workspace
from accounts.roles import Role
from billing import limits, standing
from billing.models import Payer
from billing.plans import What
from multivio import tenancy

USER_LOCK = 1 << 30  # apart from the locks of workspaces, whose numbers are far below


def payer_of(workspace: Workspace) -> Workspace | None:
    """Who pays, if another workspace does."""
    with tenancy.system("who pays"):
        row = Payer.objects.select_related("paid_by").filter(workspace=workspace).first()
    return row.paid_by if row else None


def place(workspace: Workspace, owner: User) -> None:
    """Put a new workspace under a plan of its owner's that has room for one more; a first one stands for itself.

    In the transaction that made it. Raises LimitReached when there is no room.
    """
    if not settings.BILLING_ENABLED:
        return
    with tenancy.system("who pays for a new workspace"):
        limits.lock(USER_LOCK + owner.pk % USER_LOCK)
        owned = Member.objects.filter(user=owner, role=Role.OWNER).exclude(workspace=workspace)
        others = list(Workspace.objects.filter(pk__in=owned.values("workspace_id"), closing_at=None).order_by("pk"))
        if not others:
            return
        payers = sorted({standing.of(each).workspace_id for each in others})
        for pk in payers:
            limits.lock(pk)
        # Read once nobody else counts, and locked in one order, whichever is looked at first.
        found = [standing.of_payer(pk, timezone.now()) for pk in payers]
        for each in sorted(found, key=lambda one: -one.plan.rank):
            most = each.most(What.WORKSPACES)
            if most is None or len(each.group) < most:
                Payer.objects.create(workspace=workspace, paid_by_id=each.workspace_id)
                return
        best = max(found, key=lambda one: one.plan.rank)
        payer = Workspace.objects.get(pk=best.workspace_id)
        raise limits.refusal(payer, limits.Use(What.WORKSPACES, len(best.group), best.most(What.WORKSPACES)), 1)
