"""`manage.py reconcile_billing`: compare everything at Stripe with everything here, repair and report. Runs nightly by itself."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing import events, reconciling
from multivio.errors import DomainError


class Command(BaseCommand):
    help = "Ask Stripe for everything; say what differed. What can be repaired has been."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.BILLING_ENABLED:
            raise CommandError("STRIPE_SECRET_KEY is not set: nothing is sold here.")
        try:
            report = reconciling.reconcile()
        except DomainError as error:
            raise CommandError(error.message) from error
        events.work_on_waiting()
        self.stdout.write(f"{report.subscriptions} subscriptions, {report.missed_events} events that never came.")
        for line in report.drift or ["No drift."]:
            self.stdout.write(line)
