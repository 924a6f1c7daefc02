"""Seals the audit trail: each entry of a workspace gets a number and a keyed hash over itself and the entry before.

The key is not in the database, so whoever can write there still cannot write the chain anew. What they could do is cut its
end off and put an older head back: therefore the ends are noted outside as well, in the folder AUDIT_ANCHORS and in the log.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import audit
from accounts.audit_models import AuditEntry, AuditHead
from accounts.models import Workspace
from multivio import tenancy

log = structlog.get_logger(__name__)
AT_ONCE = 500
MOST_ROUNDS = 200


# -- hashes ---------------------------------------------------------------------------------------


def keys() -> dict[str, bytes]:
    """The keys of the chain by their ids; the first one seals."""
    made = [key.encode() for key in settings.AUDIT_KEYS if key]
    return {hashlib.sha256(b"audit:" + key).hexdigest()[:8]: key for key in made}


def sealing_key() -> str:
    return next(iter(keys()))


def mac(key: bytes, said: dict[str, Any]) -> str:
    return hmac.new(key, _canonical(said), hashlib.sha256).hexdigest()


def document_digest(document: Any) -> str:
    """Each document carries a random salt, so the digest of one that was forgotten tells nothing."""
    return hashlib.sha256(_canonical(document)).hexdigest()


def entry_hash(entry: AuditEntry, *, chain: int, seq: int, before: str, key: bytes) -> str:
    """The hash of an entry whose digests are set, at its place in the chain."""
    return mac(
        key,
        {
            "chain": chain,
            "seq": seq,
            "before": before,
            "uid": str(entry.uid),
            "at": entry.at.isoformat(),
            "kind": str(entry.kind),
            "user": entry.user_id,
            "key": entry.api_key_id,
            "action": entry.action,
            "target": [entry.target_type, entry.target_id],
            "request": entry.request_id,
            "origin": entry.origin_digest,
            "content": entry.content_digest,
        },
    )


def kept_mac(chain: int, seq: int, at_hash: str, key: bytes) -> str:
    """Proves that a chain begins later because its beginning was purged, not because somebody cut it."""
    return mac(key, {"chain": chain, "kept": seq, "hash": at_hash})


def _canonical(said: Any) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# -- the tick -------------------------------------------------------------------------------------


def seal() -> int:
    """Seal what was appended since; how many entries. Two at once are harmless: one of them finds another head."""
    sealed = 0
    with tenancy.system("chains to seal"):
        waiting = AuditEntry.objects.filter(seq=None).order_by().values_list("workspace_id", flat=True).distinct()
        chains = [workspace_id or 0 for workspace_id in waiting]
    for chain in chains:
        for _ in range(MOST_ROUNDS):
            count = _seal(chain)
            sealed += count
            if count < AT_ONCE:
                break
    return sealed


def _seal(chain: int) -> int:
    with tenancy.system("seal the audit trail"):
        head = AuditHead.objects.filter(chain=chain).first() or AuditHead(chain=chain)
        entries = list(AuditEntry.objects.of_chain(chain).filter(seq=None).order_by("id")[:AT_ONCE])
        items = list(_items(entries, head))
        count = _call("select mv_audit_seal(%s, %s, %s::jsonb)", chain, head.seq, json.dumps(items)) if items else 0
    if count:
        anchor(chain, head.seq + count, items[-1]["hash"])
    return count


def _items(entries: Iterable[AuditEntry], head: AuditHead) -> Iterable[dict[str, Any]]:
    key_id, before = sealing_key(), head.hash
    for seq, entry in enumerate(entries, start=head.seq + 1):
        entry.origin_digest = document_digest(entry.origin)
        entry.content_digest = document_digest(entry.content)
        before = entry_hash(entry, chain=head.chain, seq=seq, before=before, key=keys()[key_id])
        yield {
            "id": entry.pk,
            "seq": seq,
            "origin_digest": entry.origin_digest,
            "content_digest": entry.content_digest,
            "key_id": key_id,
            "hash": before,
        }


def _call(statement: str, *params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.fetchone()[0])


# -- outside the database -------------------------------------------------------------------------


def anchor(chain: int, seq: int, at_hash: str) -> None:
    """Note the end of a chain where the database's owner does not write."""
    log.info("audit trail sealed", workspace=chain, seq=seq, end=at_hash)
    folder = Path(settings.AUDIT_ANCHORS)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = folder / f"{chain}.new"
        unfinished.write_text(f"{seq} {at_hash}\n")
        unfinished.replace(folder / str(chain))
    except OSError as error:  # the seal holds without it, and the log has it too
        log.error("the end of an audit trail could not be noted", folder=str(folder), error=str(error))


def anchors() -> dict[int, tuple[int, str]]:
    """The ends that were noted on this machine, by chain."""
    found = {}
    folder = Path(settings.AUDIT_ANCHORS)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.isdigit():
            seq, _, at_hash = path.read_text().strip().partition(" ")
            found[int(path.name)] = (int(seq), at_hash)
    return found


# -- retention ------------------------------------------------------------------------------------


def purge() -> int:
    """Let entries go that are older than AUDIT_RETENTION_DAYS; how many. The trail says so itself."""
    if not settings.AUDIT_RETENTION_DAYS:
        return 0
    oldest = timezone.now() - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    with tenancy.system("chains with old entries"):
        heads = list(AuditHead.objects.order_by("chain"))
    return sum(_purge(head, oldest) for head in heads)


def _purge(head: AuditHead, oldest: Any) -> int:
    with tenancy.system("audit retention"):
        rows = AuditEntry.objects.of_chain(head.chain).filter(seq__isnull=False).order_by("seq")
        first_kept = rows.filter(at__gte=oldest).first()
        last = rows.filter(seq__lt=first_kept.seq).last() if first_kept else rows.last()
        if last is None or last.seq is None:
            return 0
        proof = kept_mac(head.chain, last.seq, last.hash, keys()[sealing_key()])
        count = _call(
            "select mv_audit_purge(%s, %s, %s, %s, %s)", head.chain, last.seq, last.hash, proof, sealing_key()
        )
        if count:
            after = {"entries": count, "older_than": oldest.date().isoformat()}
            workspace = Workspace(pk=head.chain) if head.chain else None
            audit.record(actor=None, action="audit.purged", target=None, workspace=workspace, after=after)
    return count
