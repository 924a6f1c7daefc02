"""`manage.py doctor`: what keeps accounts from being connected, per platform, and what to do about it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from social import doctor

MARKS = {"ok": "ok  ", "warn": "warn", "bad": "BAD "}


class Command(BaseCommand):
    help = "Look at each platform's keys, callback addresses and reachability. Ends with 1 when something is broken."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--offline", action="store_true", help="Do not call the platforms.")

    def handle(self, *args: Any, **options: Any) -> None:
        reports = doctor.examine(ask=not options["offline"])
        for report in reports:
            self.stdout.write(f"\n{report.platform.name}")
            for finding in report.findings:
                self.stdout.write(f"  {MARKS[finding.level]} {finding.sentence} {finding.next_step}".rstrip())
            for address in report.addresses:
                self.stdout.write(f"       {address}")
        # A platform without keys is a choice; one with half of them, or out of reach, is broken.
        broken = [r.platform.name for r in reports if r.level == "bad" and r.platform.enabled()]
        if broken:
            raise CommandError(f"Something is wrong with {', '.join(broken)}.")
