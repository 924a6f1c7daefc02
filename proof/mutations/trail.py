"""The guards of the audit trail, of support's visits and of notifications, each as the edit that takes it away."""

from proof.mutations.guards import Guard

SQL = "accounts/migrations/sql"
TRAIL = ("accounts/tests/test_audit_trail.py",)
CHAIN = ("accounts/tests/test_audit_chain.py",)
PAGE = ("accounts/tests/test_audit_page.py",)
VISITS = ("accounts/tests/test_support_visits.py",)
INBOX = ("accounts/tests/test_inbox.py",)

GUARDS = (
    # -- append only
    Guard(
        "no role of the product changes the trail",
        f"{SQL}/audit.sql",
        "revoke insert, update, delete, truncate on accounts_auditentry, accounts_audithead from mv_app, mv_system;\n",
        "",
        TRAIL,
    ),
    Guard(
        "the doors do not seal",
        f"{SQL}/audit.sql",
        "revoke execute on function mv_audit_seal(bigint, bigint, jsonb) from public, mv_app;\n",
        "",
        TRAIL,
    ),
    Guard(
        "what is named like a secret is hidden",
        "accounts/audit.py",
        "HIDDEN if _names_secret(str(name)) else ",
        "",
        TRAIL,
    ),
    Guard(
        "what looks like a secret is hidden",
        "accounts/audit.py",
        "SECRET_TEXT.sub(HIDDEN, storable)",
        "storable",
        TRAIL,
    ),
    # -- the chain
    Guard(
        "an entry is what was sealed",
        "accounts/verifying.py",
        "elif is_linked and entry.hash != sealing.entry_hash(",
        "elif entry is None and entry.hash != sealing.entry_hash(",
        CHAIN,
    ),
    Guard(
        "its documents are what was sealed",
        "accounts/verifying.py",
        "elif digest != sealing.document_digest(document):",
        "elif digest is None:",
        CHAIN,
    ),
    Guard("no entry is missing", "accounts/verifying.py", "        if not is_linked:\n", "        if False:\n", CHAIN),
    Guard(
        "the end is where the head says",
        "accounts/verifying.py",
        "if (self.seq, self.hash) != (self.head.seq, self.head.hash):",
        "if self.head is None:",
        CHAIN,
    ),
    Guard(
        "the end is where it was noted outside",
        "accounts/verifying.py",
        "if self.noted_seq > self.seq:",
        "if self.head is None:",
        CHAIN,
    ),
    Guard(
        "a beginning goes with the retention only",
        "accounts/verifying.py",
        "elif self.head.kept_mac != sealing.kept_mac(",
        "elif self.head is None and self.head.kept_mac != sealing.kept_mac(",
        CHAIN,
    ),
    Guard(
        "documents are emptied for the forgotten only",
        "accounts/verifying.py",
        "if whose not in self.left:",
        "if self.head is None:",
        CHAIN,
    ),
    Guard(
        "the chain is keyed",
        "accounts/sealing.py",
        "return hmac.new(key, _canonical(said), hashlib.sha256).hexdigest()",
        "return hashlib.sha256(_canonical(said)).hexdigest()",
        CHAIN,
    ),
    # -- who reads it
    Guard(
        "the trail is for who manages",
        "accounts/trail/services.py",
        "if not actor.may(Right.MANAGE):",
        "if actor is None:",
        PAGE,
    ),
    Guard("no cell is a formula", "accounts/trail/exporting.py", "text.startswith(FORMULA)", "text is None", PAGE),
    # -- visits of support
    Guard(
        "a visit reads only",
        "accounts/visiting.py",
        'cursor.execute("set transaction read only")',
        'cursor.execute("select 1")',
        VISITS,
    ),
    Guard(
        "a visitor has a viewer's role",
        "accounts/visiting.py",
        "role=Role.EDITOR if may_write else Role.VIEWER",
        "role=Role.EDITOR",
        VISITS,
    ),
    Guard(
        "changing takes a permission",
        "accounts/visiting.py",
        'if may_write and not staff.has_perm("accounts.write_as_support"):',
        "if staff is None:",
        VISITS,
    ),
    Guard(
        "a visit ends in the database too",
        f"{SQL}/support.sql",
        "    and v.ended_at is null and v.ends_at > now() and u.is_staff and u.is_active\n",
        "    and v.ended_at is null and u.is_staff and u.is_active\n",
        VISITS,
    ),
    Guard("every page looked at is written down", "accounts/visiting.py", "    if page:\n", "    if False:\n", VISITS),
    # -- notifications
    Guard(
        "notifications are their person's alone",
        "accounts/migrations/0006_trail_and_notifications.py",
        'protect("accounts_notification", visible=f"{OWN} and {HERE}")',
        'protect("accounts_notification", visible=HERE)',
        ("accounts/tests/test_notifying.py",),
    ),
    Guard(
        "a key changes nothing of the account",
        "accounts/inbox/services.py",
        "if origin.current().api_key_id is not None:",
        "if False:",
        INBOX,
    ),
    Guard(
        "an outcome is noted once",
        "posts/noting.py",
        "            Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(noted_at=Now())\n",
        "",
        ("posts/tests/test_noting.py",),
    ),
)
