"""Celery doors of billing. They call Stripe, so they carry no context; losing one, or getting one twice, changes nothing."""

from celery import shared_task
from django.conf import settings

from billing import events, following, gateway, meter_sending, reconciling, services
from billing.errors import StripeUnavailable


# carries_context is TenantTask's, of which the package's types know nothing. What asks Stripe carries none: it would hold a
# transaction open meanwhile.
@shared_task(carries_context=False)  # type: ignore[call-overload, untyped-decorator]
def work_on_event(event: int) -> None:
    """Do what Stripe told us about."""
    events.work_on(event)


@shared_task(  # type: ignore[call-overload, untyped-decorator]
    carries_context=False, autoretry_for=(StripeUnavailable,), retry_backoff=30, max_retries=10
)
def end_subscription(stripe_id: str) -> None:
    """Its workspace was deleted."""
    if settings.BILLING_ENABLED:
        gateway.cancel_now(stripe_id)


@shared_task(carries_context=False)  # type: ignore[call-overload, untyped-decorator]
def refresh(workspace: int) -> None:
    """Somebody at the support desk wants to know how things stand."""
    services.refresh_by_id(workspace)


@shared_task(expires=60)
def work_on_waiting_events() -> None:
    """What the queue lost, and what failed before."""
    if settings.BILLING_ENABLED:
        events.work_on_waiting()


@shared_task(expires=300)
def follow_time() -> None:
    """A grace, a gift, or the days to choose in may have ended. Where nothing is sold any more, what waits for a plan goes on."""
    following.follow_all()


@shared_task(expires=3600)
def reconcile() -> None:
    """Everything at Stripe against everything here."""
    if settings.BILLING_ENABLED:
        reconciling.reconcile()


@shared_task(expires=600)
def tell_meter() -> None:
    """Posts to X that are paid one by one, as far as Stripe has not heard of them."""
    if settings.BILLING_ENABLED:
        meter_sending.send()
