"""One bill for several workspaces: who pays for a new one."""

from django.conf import settings

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
        found = {each.workspace_id: each for each in map(standing.of, others)}
        for each in sorted(found.values(), key=lambda one: -one.plan.rank):
            limits.lock(each.workspace_id)
            most = each.most(What.WORKSPACES)
            size = 1 + Payer.objects.filter(paid_by_id=each.workspace_id).count()
            if most is None or size < most:
                Payer.objects.create(workspace=workspace, paid_by_id=each.workspace_id)
                return
        best = max(found.values(), key=lambda one: one.plan.rank)
        payer = Workspace.objects.get(pk=best.workspace_id)
        raise limits.refusal(payer, limits.Use(What.WORKSPACES, len(best.group), best.most(What.WORKSPACES)), 1)
