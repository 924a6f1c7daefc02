"""AI credits beyond the plan: the rule, and the ledger.

Credits that were bought or given are of the workspace that pays, for everybody on its bill. They do not end. What Grok costs
comes off the month's credits first (of the plan, and of what the installation lets one workspace use); what is more than
those comes off these, which neither of the two caps. How many are left is

    what was bought and given  -  what was taken back  -  what was used,

and all three change under the lock of the paying workspace only (`limits.lock`), so that two at once cannot spend the same
ones. A refund or a dispute takes back as many of its pack's credits as nobody has used, and never more than are left.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum

from accounts import audit
from accounts.models import Workspace
from billing import limits, standing, telling
from billing.credit_models import CreditPack
from billing.errors import StripeRefused
from billing.models import BillingAccount
from billing.standing import Standing, account_of
from multivio import tenancy
from multivio.errors import Forbidden, Invalid, Problem

MOST_GIVEN = 1_000_000


# -- how many are left ---------------------------------------------------------------------------------------------------


def left(workspace: Workspace, *, found: Standing | None = None) -> int:
    """How many credits beyond the month's the workspace may use, its own or those of whoever pays for it."""
    if not settings.BILLING_ENABLED:
        return 0
    found = found or standing.of(workspace)
    used = found.account.credits_used if found.account else 0
    if found.workspace_id == tenancy.current().workspace_id:  # whoever looks at their own needs no other role
        return _there(found.workspace_id) - used
    with tenancy.system("credits that are left"):
        return _there(found.workspace_id) - used


def _left(payer_id: int) -> int:
    used = BillingAccount.objects.filter(workspace_id=payer_id).values_list("credits_used", flat=True).first() or 0
    return _there(payer_id) - int(used)


def _there(payer_id: int) -> int:
    """What was bought and given, less what was taken back."""
    rows = CreditPack.objects.filter(workspace_id=payer_id)
    return int(rows.aggregate(found=Sum(F("credits") - F("taken_back")))["found"] or 0)


def of(workspace: Workspace) -> list[CreditPack]:
    """The workspace's own packs, newest first. Whom another one pays for uses that one's too; what it paid is its own affair."""
    with tenancy.system("credits that were bought"):
        return list(CreditPack.objects.filter(workspace=workspace).order_by("-granted_at", "-id")[:100])


def lock(workspace: Workspace) -> None:
    """Wait for whoever uses or changes the credits of this bill; held to the end of the transaction."""
    if settings.BILLING_ENABLED:
        with tenancy.system("credits are used"):
            _lock(standing.of(workspace).workspace_id)


def _lock(payer_id: int) -> None:
    """The account first, as billing/sync.py has it: the other way round the two would wait for each other."""
    account_of(payer_id)
    limits.lock(payer_id)


def use(workspace: Workspace, wanted: int, *, before: int = 0) -> int:
    """Of `wanted` credits as many as are left; how many those are. `before`: so many of them were taken already, and what is
    not wanted of those goes back. Under the lock."""
    if not settings.BILLING_ENABLED or wanted == before:
        return before
    payer = standing.of(workspace).workspace_id
    with tenancy.system("credits are used"):
        found = min(wanted, max(0, _left(payer)) + before)
        account = account_of(payer)
        # Another workspace may pay by now than when they were taken: then nothing of the other's comes back here.
        used = max(0, account.credits_used + found - before)
        BillingAccount.objects.filter(pk=account.pk).update(credits_used=used)
        return found


# -- what Stripe says is paid --------------------------------------------------------------------------------------------


def grant(payer_id: int, session: Mapping[str, Any], *, credits: int) -> tuple[CreditPack, bool]:
    """The pack of a checkout that is paid, and whether it is new. However often it is told, there is one."""
    with tenancy.system("credits are bought"):
        _lock(payer_id)
        pack, is_new = CreditPack.objects.get_or_create(
            session_id=session["id"],
            defaults={
                "workspace_id": payer_id,
                "credits": credits,
                "payment_id": session.get("payment_intent"),
                "price_key": session["metadata"]["pack"],
                "amount": session.get("amount_total") or 0,
                "currency": session["currency"],
            },
        )
        if is_new:
            after = audit.fields(pack, "credits", "amount", "currency")
            audit.record(actor=None, action="plan.credits_bought", target=pack, workspace=pack.workspace, after=after)
        return pack, is_new


def settle(pack: CreditPack, *, unpaid: int, asked_at: Any) -> CreditPack:
    """So many of a pack's credits are not paid for, says Stripe: take back what nobody has used, or give back what was."""
    with tenancy.system("credits are paid back"):
        _lock(pack.workspace_id)
        row = CreditPack.objects.select_related("workspace").get(pk=pack.pk)
        if row.asked_at is not None and row.asked_at > asked_at:
            return row
        more = unpaid - row.unpaid
        before = audit.fields(row, "unpaid", "taken_back")
        taken = min(max(0, more), max(0, _left(row.workspace_id)))
        row.taken_back = min(row.taken_back + taken, unpaid)
        row.unpaid, row.asked_at = unpaid, asked_at
        row.save(update_fields=["unpaid", "taken_back", "asked_at"])
        if more:
            after = audit.fields(row, "unpaid", "taken_back")
            action = "plan.credits_taken_back" if more > 0 else "plan.credits_returned"
            audit.record(actor=None, action=action, target=row, workspace=row.workspace, before=before, after=after)
            _tell(row, more, taken)
        return row


def _tell(pack: CreditPack, more: int, taken: int) -> None:
    name = pack.workspace.name
    if more < 0:
        title, body = f"AI credits of {name} are back", f"{pack} are paid for again, so they can be used again."
    else:
        title = f"AI credits of {name} were taken back"
        body = f"The payment for {pack} was given back or disputed. {taken:,} that nobody had used were taken back."
        if taken < more:
            body += f" {more - taken:,} had been used already and cost nothing further."
            telling.tell_operator(
                "Credits were used and then paid back",
                f"{name}: {more - taken:,} of {pack}, payment {pack.payment_id}.",
            )
    telling.tell_owners(pack.workspace, title, body, key=f"credits:{pack.pk}:{pack.asked_at:%Y%m%d%H%M%S%f}"[:120])


# -- given away ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def give(*, staff: Any, workspace: Workspace, credits: int, reason: str) -> CreditPack:
    """Credits for nothing, by support, for a reason; to whoever pays for the workspace. Raises Forbidden and Invalid."""
    if staff is not None and not (staff.is_staff and staff.is_active):
        raise Forbidden("Only support staff may give credits away.")
    problems = []
    if not 0 < credits <= MOST_GIVEN:
        problems.append(Problem("credits", "out_of_range", f"Give between 1 and {MOST_GIVEN:,} credits."))
    if len(reason.strip()) < 5:
        problems.append(Problem("reason", "too_short", "Say why, for whoever asks later."))
    if problems:
        raise Invalid.because(problems)
    payer = standing.of(workspace).workspace_id
    with tenancy.system("credits are given"):
        _lock(payer)
        pack = CreditPack.objects.create(
            workspace_id=payer, credits=credits, reason=reason.strip()[:300], granted_by=staff
        )
        _write_down(staff, "plan.credits_given", pack, after=audit.fields(pack, "credits"), reason=pack.reason)
    return pack


@transaction.atomic
def take_back(*, staff: Any, pack: CreditPack) -> int:
    """What nobody has used of credits that were given; how many that was. What was paid for goes back by a refund."""
    if not pack.is_gift:
        raise StripeRefused("These were paid for: refund the payment at Stripe, and they are taken back by that.")
    with tenancy.system("credits are taken back"):
        _lock(pack.workspace_id)
        row = CreditPack.objects.get(pk=pack.pk)
        taken = min(row.credits - row.taken_back, max(0, _left(row.workspace_id)))
        if taken:
            before = audit.fields(row, "taken_back")
            row.taken_back += taken
            row.unpaid = row.taken_back
            row.save(update_fields=["unpaid", "taken_back"])
            _write_down(staff, "plan.credits_taken_back", row, before=before, after=audit.fields(row, "taken_back"))
    return taken


def _write_down(staff: Any, action: str, pack: CreditPack, **said: Any) -> None:
    audit.record(actor=None, user=staff, action=action, target=pack, workspace=pack.workspace, **said)


def bought_by(payment_id: str) -> CreditPack | None:
    """The pack of a payment, if it is one of ours. In a context of the system."""
    found: QuerySet[CreditPack] = CreditPack.objects.filter(payment_id=payment_id)
    return found.first()
