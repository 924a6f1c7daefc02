"""`manage.py prepare_stripe`: make the products and prices that are sold, once for each Stripe account."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing import catalog
from multivio.errors import DomainError


class Command(BaseCommand):
    help = "Make what is missing of products and prices at Stripe. Running it again changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.BILLING_ENABLED:
            raise CommandError("STRIPE_SECRET_KEY is not set: nothing is sold here.")
        try:
            made = catalog.prepare()
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write("\n".join(made) if made else "Everything is there already.")
