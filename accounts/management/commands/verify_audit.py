"""`manage.py verify_audit`: whether anybody changed the audit trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import sealing
from accounts.models import Workspace
from accounts.verifying import verify
from multivio import tenancy


class Command(BaseCommand):
    help = (
        "Read the audit trail's chains and say what was edited, deleted, moved or cut off. Ends with 1 when anything was. "
        "What waits for the seal is sealed first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", default="", help="Only this workspace, by its slug.")
        parser.add_argument("--no-seal", action="store_true", help="Look only; leave sealing to the tick.")

    def handle(self, *args: Any, **options: Any) -> None:
        chain = _chain(options["workspace"]) if options["workspace"] else None
        if not options["no_seal"]:
            sealing.seal()
        report = verify(chain)
        for found in report.findings:
            self.stdout.write(self.style.ERROR(f"workspace {found.chain}: {found.code}: {found.sentence}"))
        if report.findings:
            raise CommandError(f"The audit trail was changed or is incomplete: {len(report.findings)} findings.")
        self.stdout.write(
            f"The audit trail is whole: {report.entries} entries in {report.chains} chains, "
            f"{report.forgotten} documents of people who were forgotten."
        )


def _chain(slug: str) -> int:
    with tenancy.system("verify the audit trail"):
        found = Workspace.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"There is no workspace {slug}.")
    return int(found)
