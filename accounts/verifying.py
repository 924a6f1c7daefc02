"""Reads the audit trail's chains and says what does not fit: edited, deleted, moved, cut off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.core.mail import mail_admins
from django.utils import timezone

from accounts import sealing
from accounts.audit_models import AuditEntry, AuditHead
from multivio import tenancy

FORGOTTEN = ".forgotten"
LATE = timedelta(minutes=10)
MOST_TOLD = 50
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Finding:
    """Something that does not fit in a chain. `code`: edited, missing, cut, moved, emptied, unknown_key, unsealed."""

    chain: int
    code: str
    sentence: str


@dataclass(frozen=True)
class Report:
    """What was read, and what was found."""

    entries: int
    chains: int
    forgotten: int  # documents that were emptied because their person was forgotten
    findings: list[Finding]


def verify(only: int | None = None) -> Report:
    """Read every chain, or one. Nothing is changed."""
    findings: list[Finding] = []
    entries = forgotten = 0
    noted = sealing.anchors()
    with tenancy.system("verify the audit trail"):
        heads = {head.chain: head for head in AuditHead.objects.order_by("chain")}
        rows = AuditEntry.objects.order_by().values_list("workspace_id", flat=True).distinct()
        chains = sorted({*heads, *noted, *(workspace_id or 0 for workspace_id in rows)})
        left = set(AuditEntry.objects.filter(action__endswith=FORGOTTEN).values_list("target_type", "target_id"))
        for chain in chains if only is None else [only]:
            reader = _Reader(chain, heads.get(chain), noted.get(chain), left)
            findings += list(reader.read())
            entries, forgotten = entries + reader.entries, forgotten + reader.forgotten
    return Report(entries, len(chains) if only is None else 1, forgotten, findings)


def tell_operator() -> Report:
    """Verify everything and say what does not fit to whoever runs this installation."""
    report = verify()
    if report.findings:
        lines = [f"workspace {found.chain}: {found.code}: {found.sentence}" for found in report.findings[:MOST_TOLD]]
        log.error("the audit trail does not fit", findings=len(report.findings))
        mail_admins(
            "The audit trail was changed or is incomplete", "\n".join([*lines, "", "manage.py verify_audit says more."])
        )
    return report


class _Reader:
    """One pass over one chain."""

    def __init__(
        self, chain: int, head: AuditHead | None, noted: tuple[int, str] | None, left: set[tuple[str, str]]
    ) -> None:
        self.chain, self.left = chain, left
        self.head = head or AuditHead(chain=chain)
        self.noted_seq, self.noted_hash = noted or (0, "")
        self.keys = sealing.keys()
        self.seq, self.hash = self.head.kept_seq, self.head.kept_hash
        self.entries = self.forgotten = 0

    def read(self) -> Iterator[Finding]:
        yield from self._beginning()
        rows = AuditEntry.objects.of_chain(self.chain).filter(seq__isnull=False)
        for entry in rows.order_by("seq").iterator(chunk_size=2000):
            yield from self._entry(entry)
        yield from self._end()
        yield from self._unsealed()

    def _beginning(self) -> Iterator[Finding]:
        if not self.head.kept_seq:
            return
        key = self.keys.get(self.head.key_id)
        if key is None:
            yield self._found("unknown_key", "its beginning was let go with a key that is not in AUDIT_KEYS")
        elif self.head.kept_mac != sealing.kept_mac(self.chain, self.head.kept_seq, self.head.kept_hash, key):
            yield self._found("missing", f"entries up to {self.head.kept_seq} are gone, and not by the retention")

    def _entry(self, entry: AuditEntry) -> Iterator[Finding]:
        seq = int(entry.seq or 0)
        self.entries += 1
        is_linked = seq == self.seq + 1
        if not is_linked:
            yield self._found("missing", f"entries {self.seq + 1} to {seq - 1} are missing")
        yield from self._documents(entry, seq)
        key = self.keys.get(entry.key_id)
        if key is None:
            yield self._found("unknown_key", f"entry {seq} is sealed with a key that is not in AUDIT_KEYS")
        elif is_linked and entry.hash != sealing.entry_hash(
            entry, chain=self.chain, seq=seq, before=self.hash, key=key
        ):
            yield self._found("edited", f"entry {seq} ({entry.action}) is not what was sealed, or not at its place")
        if seq == self.noted_seq and entry.hash != self.noted_hash:
            yield self._found("edited", f"entry {seq} is not the one that was noted outside the database")
        self.seq, self.hash = seq, entry.hash

    def _documents(self, entry: AuditEntry, seq: int) -> Iterator[Finding]:
        for name, document, digest, whose in (
            ("origin", entry.origin, entry.origin_digest, ("user", str(entry.user_id))),
            ("content", entry.content, entry.content_digest, (entry.target_type, entry.target_id)),
        ):
            if document is None and digest != sealing.document_digest(None):
                self.forgotten += 1
                if whose not in self.left:
                    yield self._found("emptied", f"the {name} of entry {seq} was emptied, and nobody was forgotten")
            elif digest != sealing.document_digest(document):
                yield self._found("edited", f"the {name} of entry {seq} ({entry.action}) is not what was sealed")

    def _end(self) -> Iterator[Finding]:
        if (self.seq, self.hash) != (self.head.seq, self.head.hash):
            yield self._found("cut", f"it should end with entry {self.head.seq} and ends with {self.seq}")
        if self.noted_seq > self.seq:
            yield self._found(
                "cut", f"entry {self.noted_seq} was noted outside the database, and it ends with {self.seq}"
            )

    def _unsealed(self) -> Iterator[Finding]:
        rows = AuditEntry.objects.of_chain(self.chain).filter(seq=None, at__lt=timezone.now() - LATE)
        if count := rows.count():
            yield self._found(
                "unsealed", f"{count} entries wait for the seal for more than ten minutes: does beat run?"
            )

    def _found(self, code: str, sentence: str) -> Finding:
        return Finding(self.chain, code, sentence)
