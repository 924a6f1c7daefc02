"""`manage.py replay_events`: work again on what Stripe told us, for instance after a repair. Doing so is harmless."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing import events
from billing.models import BillingEvent
from multivio import tenancy


class Command(BaseCommand):
    help = "Work again on stored events: those named, or all of the last days; by default those that failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("event", nargs="*", help="ids such as evt_…")
        parser.add_argument("--days", type=int, default=0, help="all of the last so many days")

    def handle(self, *_args: Any, **options: Any) -> None:
        for pk, name in self._asked(options["event"], options["days"]):
            events.work_on(pk)
            with tenancy.system("replay events"):
                row = BillingEvent.objects.get(pk=pk)
            self.stdout.write(f"{name}: {row.error or 'done'}")

    @staticmethod
    def _asked(ids: list[str], days: int) -> list[tuple[int, str]]:
        with tenancy.system("replay events"):
            rows = BillingEvent.objects.order_by("happened_at", "id")
            if ids:
                rows = rows.filter(event_id__in=ids)
            elif days:
                rows = rows.filter(received_at__gte=timezone.now() - timedelta(days=days))
            else:
                rows = rows.exclude(error="")
            found = list(rows.values_list("pk", "event_id"))
        missing = set(ids) - {name for _pk, name in found}
        if missing:
            raise CommandError(f"There is no event {', '.join(sorted(missing))}.")
        return found
