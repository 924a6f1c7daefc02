"""Telling Stripe what was counted: every ten minutes, each part under an identifier of its own, so that a second try counts
nothing twice.

Stripe remembers an identifier for a day. What was tried so long ago and never answered is not simply sent again: the daily
comparison asks how much Stripe has counted, and decides by that. What Stripe would not take any more because of its age
(35 days), and what it refused, goes to the operator.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Max, Min, Q
from django.utils import timezone

from billing import gateway, telling
from billing.errors import StripeUnavailable
from billing.meter_models import MeteredPost
from billing.models import BillingAccount
from billing.plans import X_POSTS
from multivio import tenancy
from multivio.errors import DomainError

log = structlog.get_logger(__name__)
State = MeteredPost.State
OLDEST = timedelta(days=34)  # Stripe takes 35; a day for its clock and ours
REMEMBERED = timedelta(hours=23)  # Stripe keeps an identifier for 24
SETTLING = timedelta(hours=1)  # until what was told is in Stripe's sums
BATCH = 500
LONGEST_SECONDS = 480  # of a turn; the next one comes after ten minutes


def send(workspace_id: int | None = None, *, seconds: int = LONGEST_SECONDS) -> int:
    """Send what waits, of everybody or of one that pays; how many were sent. No transaction may be open. Losing the line, or the
    time, leaves the rest for the next turn."""
    _age()
    sent, ends_at = 0, monotonic() + seconds
    while waiting := _waiting(workspace_id):
        for row, customer in waiting:
            if monotonic() > ends_at:
                log.warning("posts to X were left for the next turn", sent=sent)
                return sent
            try:
                sent += _tell(row, customer)
            except StripeUnavailable:
                log.warning("posts to X could not be told", sent=sent)
                return sent
    return sent


def _tell(row: MeteredPost, customer: str) -> bool:
    """Whether Stripe took it; what it refuses is kept with its reason. Raises StripeUnavailable."""
    tried_at = row.tried_at or timezone.now()
    with tenancy.system("a post to X is told"):
        MeteredPost.objects.filter(pk=row.pk, tried_at=None).update(tried_at=tried_at)
    try:
        if not customer:
            raise DomainError("the customer is gone")
        gateway.tell_meter(
            event_name=X_POSTS.event,
            customer_id=customer,
            identifier=str(row.identifier),
            at=int(row.posted_at.timestamp()),
            key=f"metered:{row.identifier}:{tried_at.timestamp()}",
        )
    except StripeUnavailable:
        raise
    except DomainError as error:
        _refuse([row.identifier], error.message)
        return False
    with tenancy.system("a post to X is told"):
        rows = MeteredPost.objects.filter(pk=row.pk, state=State.WAITING)
        rows.update(state=State.SENT, sent_at=timezone.now())
    return True


def _waiting(workspace_id: int | None) -> list[tuple[MeteredPost, str]]:
    with tenancy.system("posts to X that wait"):
        rows = MeteredPost.objects.to_send()
        found = list((rows.filter(workspace_id=workspace_id) if workspace_id else rows)[:BATCH])
        accounts = BillingAccount.objects.filter(workspace_id__in={row.workspace_id for row in found})
        customers = dict(accounts.values_list("workspace_id", "customer_id"))
    return [(row, customers.get(row.workspace_id) or "") for row in found]


def _age() -> None:
    """What has become too old for Stripe, and what may or may not have arrived so long ago that a second try could count twice."""
    now = timezone.now()
    with tenancy.system("posts to X that wait"):
        open_ones = MeteredPost.objects.filter(state__in=[State.WAITING, State.UNSURE])
        old = open_ones.filter(posted_at__lt=now - OLDEST).update(state=State.TOO_OLD)
        waiting = MeteredPost.objects.filter(state=State.WAITING, tried_at__lt=now - REMEMBERED)
        waiting.update(state=State.UNSURE)
        if old:
            telling.tell_operator(
                "Posts to X were not billed",
                f"{old} posts to X waited for more than {OLDEST.days} days, and Stripe takes none so old. Nobody pays for them.",
            )


def _refuse(identifiers: list[Any], why: str) -> int:
    with tenancy.system("a post to X is refused"):
        rows = MeteredPost.objects.filter(identifier__in=identifiers).exclude(state=State.REFUSED)
        number = rows.update(state=State.REFUSED, error=why[:300])
        if number:
            telling.tell_operator(
                "Stripe refused posts to X",
                f"{number} posts to X are not billed: {why}. See Metered posts at the desk.",
            )
        return number


def send_again(row: MeteredPost) -> None:
    """After what was wrong with it is put right."""
    with tenancy.system("a post to X is sent again"):
        rows = MeteredPost.objects.filter(pk=row.pk, state=State.REFUSED)
        rows.update(state=State.WAITING, tried_at=None, error="")


def take_report(event: dict[str, Any]) -> int:
    """What Stripe says it could not use of what it had taken; how many of ours those are. Not all of them are named."""
    reason, named = event["data"]["reason"], 0
    for kind in reason["error_types"]:
        samples = kind.get("sample_errors") or []
        identifiers = [each["request"]["identifier"] for each in samples if _is_ours(each["request"]["identifier"])]
        named += _refuse(identifiers, kind["code"])
    if reason["error_count"] > named:
        with tenancy.system("a report of the meter"):
            telling.tell_operator(
                "Stripe could not use events of the meter",
                f"{reason['error_count']} events, of which {named} are known here by name. "
                f"{event['data'].get('developer_message_summary', '')}",
            )
    return named


def _is_ours(identifier: str) -> bool:
    try:
        UUID(identifier)
    except ValueError:
        return False
    return True


# -- the daily comparison ------------------------------------------------------------------------------------------------


def compare() -> list[str]:
    """Our ledger against Stripe's sums, for each customer; a sentence for each difference. What perhaps arrived is decided."""
    now = timezone.now()
    end = (now - 2 * SETTLING).replace(second=0, microsecond=0)
    with tenancy.system("compare the meter"):
        rows = MeteredPost.objects.charged().filter(posted_at__gte=now - OLDEST, posted_at__lt=end)
        payers = list(rows.values("workspace_id").annotate(first=Min("posted_at"), last=Max("posted_at")))
        accounts = BillingAccount.objects.filter(workspace_id__in=[each["workspace_id"] for each in payers])
        customers = dict(accounts.exclude(customer_id=None).values_list("workspace_id", "customer_id"))
    if not customers:
        return []
    meter = gateway.meter(X_POSTS.event)
    if meter is None:
        return [f"There is no meter {X_POSTS.event} at Stripe: run `manage.py prepare_stripe`."]
    found = []
    for each in payers:
        if customer := customers.get(each["workspace_id"]):
            start = each["first"].replace(second=0, microsecond=0)
            theirs = gateway.metered(meter, customer, int(start.timestamp()), int(end.timestamp()))
            found += _difference(each["workspace_id"], customer, theirs, start, end)
    return found


def _difference(workspace_id: int, customer: str, theirs: int, start: datetime, end: datetime) -> list[str]:
    settled = timezone.now() - SETTLING
    with tenancy.system("compare the meter"):
        rows = MeteredPost.objects.of(workspace_id).filter(posted_at__gte=start, posted_at__lt=end)
        surely = rows.filter(state=State.SENT, sent_at__lt=settled).count()
        perhaps = rows.filter(
            Q(state=State.SENT, sent_at__gte=settled) | Q(state=State.WAITING, tried_at__isnull=False)
        )
        unsure = rows.filter(state=State.UNSURE)
        number, doubtful = unsure.count(), perhaps.count()
        if number and not doubtful and theirs == surely:
            unsure.update(state=State.WAITING, tried_at=None)
            return []
        if number and not doubtful and theirs == surely + number:
            unsure.update(state=State.SENT, sent_at=timezone.now())
            return []
    if surely <= theirs <= surely + doubtful and not number:
        return []
    return [f"{customer}: Stripe has counted {theirs} posts to X, and we told it of {surely + number + doubtful}."]
