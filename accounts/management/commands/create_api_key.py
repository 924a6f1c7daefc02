"""`manage.py create_api_key EMAIL [--workspace SLUG] [--name NAME]`: prints a new API key, once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User, Workspace
from accounts.services import create_api_key, enter
from multivio import tenancy


class Command(BaseCommand):
    help = "Print a new API key for a user's workspace. It is shown this once; only a hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--workspace", help="slug of the workspace; not needed when there is only one")
        parser.add_argument("--name", default="command line")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError(f"Nobody is registered as {options['email']}.")
        with tenancy.tenant(user_id=user.pk):
            slugs = list(Workspace.objects.of(user.pk).values_list("slug", flat=True))
            slug = options["workspace"] or (slugs[0] if len(slugs) == 1 else "")
            if not slug:
                raise CommandError(f"Say which workspace with --workspace: {', '.join(slugs) or 'there is none'}.")
            actor = enter(user=user, slug=slug)
            if actor is None:
                raise CommandError(f"{user.email} is not a member of {slug}.")
            _row, key = create_api_key(actor=actor, name=options["name"])
        self.stdout.write(key)
