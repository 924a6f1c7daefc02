"""`manage.py bootstrap`: what an empty database needs before it is used. Running it again changes nothing."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

# name, task, every so many seconds. Beat holds ticks only, never one entry per post; each tick may come twice or not at all.
TICKS = (
    ("Look after lost leases", "posts.tasks.sweep", 30),
    ("Tell people what needs them", "posts.tasks.tell", 60),
    ("Upload what is due soon", "posts.tasks.stage", 60),
    ("Delete what somebody wants deleted on its platform", "posts.tasks.delete_due", 60),
    ("Draw what waits to be drawn", "posts.tasks.draw_waiting", 60),
    ("Close what Grok never finished", "ai.tasks.close_lost", 300),
    ("Read numbers of what is published", "posts.tasks.read_numbers", 60),
    ("Renew tokens before they end", "social.tasks.renew_tokens", 300),
    ("Give access back that is ours no more", "social.tasks.return_access", 60),
    ("Take away uploads of what was cancelled", "posts.tasks.clear_up", 900),
    ("Seal the audit trail", "accounts.tasks.seal_audit", 20),
    ("Send notifications", "accounts.tasks.deliver_notifications", 30),
    # Everybody once an hour; the tick is shorter, so that one that is lost is no hour lost.
    ("Sign out whom Firebase closed", "accounts.tasks.check_firebase", 600),
    ("Sum up the week where it begins", "posts.tasks.tell_of_the_week", 3600),
    ("Work on what Stripe told us", "billing.tasks.work_on_waiting_events", 60),
    ("Look whose grace is over", "billing.tasks.follow_time", 300),
    ("Count posts to X that are paid one by one", "posts.tasks.count_posts_to_x", 300),
    ("Tell Stripe of them", "billing.tasks.tell_meter", 600),
    ("Write before an end that needs a person", "social.tasks.warn_of_ends", 3600),
)
# What a tick's time was in an earlier version: it moves to the one above. Whoever chose another keeps it.
FORMERLY = {"billing.tasks.tell_meter": 3600}
NIGHTLY = (
    ("Keep local times when zones change their rules", "posts.tasks.recompute_due_times", 2),
    ("Delete for good the workspaces whose days of grace are over", "accounts.tasks.delete_closed_workspaces", 1),
    ("Compare what Stripe says with what we know", "billing.tasks.reconcile", 4),
    ("Forget ended sessions", "multivio.tasks.clear_sessions", 3),
    ("Look whether the audit trail was changed", "accounts.tasks.verify_audit", 6),
    ("Let old entries of the audit trail go", "accounts.tasks.purge_audit", 4),
    ("Forget the words of old generations", "ai.tasks.tidy", 5),
    ("Forget old notifications", "accounts.tasks.purge_notifications", 5),
    ("Forget old idempotency keys", "multivio.tasks.purge_idempotency_keys", 4),
)


class Command(BaseCommand):
    help = "Default periodic entries, the site's address, and on the sandbox a demo workspace. Prints the demo sign-in as JSON."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with transaction.atomic():
            self._site()
            self._ticks()
        if settings.SANDBOX and settings.DEBUG and apps.is_installed("posts"):
            call_command("demo", stdout=self.stdout)
        else:
            self.stdout.write(json.dumps({}))

    def _site(self) -> None:
        Site.objects.update_or_create(
            pk=settings.SITE_ID, defaults={"domain": urlsplit(settings.BASE_URL).netloc, "name": "Multivio"}
        )

    def _ticks(self) -> None:
        for name, task, seconds in TICKS:
            interval, _ = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)
            tick, _ = PeriodicTask.objects.get_or_create(name=name, defaults={"task": task, "interval": interval})
            if tick.interval and (tick.interval.every, tick.interval.period) == (FORMERLY.get(task), interval.period):
                tick.interval = interval
                tick.save()
        for name, task, hour in NIGHTLY:
            crontab, _ = CrontabSchedule.objects.get_or_create(minute="10", hour=str(hour), timezone="UTC")
            PeriodicTask.objects.get_or_create(name=name, defaults={"task": task, "crontab": crontab})
