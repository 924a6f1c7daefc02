"""`manage.py demo`: a workspace to try things in. Only with the sandbox, never in production."""

import json
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.services import create_workspace, enter
from billing.services import give_plan
from multivio import tenancy
from posts.content import Content, PartContent
from posts.services import Draft, create_post

EMAIL = "maja@norrestudio.example"
PASSWORD = "write-once-publish-everywhere"  # noqa: S105 - printed on purpose; exists only on the sandbox
SLUG = "norre-studio"
DRAFTS = (
    (
        "Alma, our first rechargeable lamp, ships on 1 December.\n\n"
        "Nine months, four prototypes and one very stubborn hinge. It runs 60 hours on low, and every part can be bought"
        " on its own.",
    ),
    (
        "Why a studio of six says no to Black Friday, with the numbers.",
        "Last year a third of what we sold that week came back. Two vans, one weekend, nobody happy.",
        "This year repairs are half price all week instead: springs, cords, switches, and the labour.",
    ),
)


class Command(BaseCommand):
    help = "Make the demo workspace, if it is not there, and print its sign-in as JSON."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not (settings.SANDBOX and settings.DEBUG):
            raise CommandError("The demo workspace exists only with the sandbox: there is no demo user in production.")
        user = User.objects.filter(email=EMAIL).first() or self._make()
        self.stdout.write(json.dumps({"email": user.email, "password": PASSWORD}))

    @transaction.atomic
    def _make(self) -> User:
        user = User.objects.create_user(EMAIL, PASSWORD, name="Maja Lindqvist", is_staff=True, is_superuser=True)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        create_workspace(owner=user, name="Norre Studio", zone="Europe/Copenhagen", slug=SLUG)
        with tenancy.tenant(user_id=user.pk):
            actor = enter(user=user, slug=SLUG)
            if actor is None:
                raise CommandError("The demo workspace could not be entered.")
            self._give_a_plan(actor.workspace)
            for texts in DRAFTS:
                create_post(actor=actor, content=Content(tuple(PartContent(text) for text in texts)), plan=Draft())
        return user

    def _give_a_plan(self, workspace: Workspace) -> None:
        """Everything can be tried before anything is bought; the plans can be bought, changed and cancelled all the same."""
        if settings.BILLING_ENABLED:
            ends_at = timezone.now() + timedelta(days=365)
            give_plan(staff=None, workspace=workspace, plan="team", reason="To try everything", ends_at=ends_at)
