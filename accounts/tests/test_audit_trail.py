"""What the trail keeps of a write, and that nobody can change it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import override_settings

from accounts import audit, origin
from accounts.models import AuditEntry, User
from accounts.tests.people import Cast, acting, make_cast
from multivio import tenancy

pytestmark = pytest.mark.django_db
Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def entry(action: str) -> AuditEntry:
    with tenancy.system("test"):
        return AuditEntry.objects.get(action=action)


def write(cast: Cast, action: str = "workspace.tested", **changes: Any) -> AuditEntry:
    with acting(cast.alice, cast.workspace) as actor:
        audit.record(actor=actor, action=action, target=cast.workspace, workspace=cast.workspace, **changes)
    return entry(action)


class RecordTests:
    def test_it_says_who_did_what_to_what(self, cast: Cast) -> None:
        found = write(cast, reason="because")
        assert (found.kind, found.user_id, found.who) == ("user", cast.alice.pk, "Alice")
        assert (found.target_type, found.target_id) == ("workspace", str(cast.workspace.uid))
        assert (found.label, found.reason) == (cast.workspace.name, "because")

    def test_it_keeps_only_what_changed(self, cast: Cast) -> None:
        found = write(cast, before={"name": "Old", "zone": "UTC"}, after={"name": "New", "zone": "UTC"})
        assert (found.content["before"], found.content["after"]) == ({"name": "Old"}, {"name": "New"})

    @pytest.mark.parametrize("name", ["access_token", "password", "client_secret", "digest", "totp_secret", "Cookie"])
    def test_it_hides_what_is_named_like_a_secret(self, cast: Cast, name: str) -> None:
        found = write(cast, before={name: "old-treasure"}, after={name: "treasure", "deep": [{name: "treasure"}]})
        assert "treasure" not in str(found.content)
        assert found.content["after"][name] == audit.HIDDEN

    @pytest.mark.parametrize("text", ["mv_0123456789abcdefghij", "Bearer abc.def", "eyJhbGciOi.eyJzdWIi.c2ln"])
    def test_it_hides_what_looks_like_a_secret(self, cast: Cast, text: str) -> None:
        found = write(cast, after={"note": f"they sent {text} by mail"}, reason=text)
        assert text not in str(found.content)
        assert "they sent" in found.content["after"]["note"]

    def test_it_takes_text_that_the_database_cannot_store(self, cast: Cast) -> None:
        assert write(cast, after={"text": "a\x00b\ud800c"}).content["after"]["text"] == "ab?c"

    def test_it_is_gone_when_the_write_is(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            audit.record(actor=actor, action="workspace.lost", target=None, workspace=cast.workspace)
            transaction.set_rollback(True)
        with tenancy.system("test"):
            assert not AuditEntry.objects.filter(action="workspace.lost").exists()

    def test_nobodys_write_is_multivios(self, cast: Cast) -> None:
        audit.record(actor=None, action="post.published", target=None, workspace=cast.workspace)
        assert (entry("post.published").kind, entry("post.published").user_id) == ("task", None)

    def test_a_failed_sign_in_is_kept_with_the_account_it_was_for(self, cast: Cast) -> None:
        audit.record(actor=None, action="user.sign_in_failed", target=cast.alice, workspace=None)
        found = entry("user.sign_in_failed")
        assert (found.user_id, found.workspace_id, found.origin["who"]) == (cast.alice.pk, None, "")

    def test_it_keeps_the_address_as_far_as_it_may(self) -> None:
        kept = {}
        for setting in ("full", "network", "none"):
            with override_settings(AUDIT_ADDRESSES=setting):
                kept[setting] = (origin.kept_address("203.0.113.77"), origin.kept_address("2001:db8:1:2::7"))
        assert kept == {
            "full": ("203.0.113.77", "2001:db8:1:2::7"),
            "network": ("203.0.113.0/24", "2001:db8:1::/48"),
            "none": ("", ""),
        }


class AppendOnlyTests:
    @pytest.mark.parametrize("role", ["app", "system"])
    @pytest.mark.parametrize(
        "statement",
        [
            "update accounts_auditentry set action = 'x'",
            "delete from accounts_auditentry",
            "truncate accounts_auditentry",
            "insert into accounts_auditentry (uid, kind, action, at) values (gen_random_uuid(), 'user', 'x', now())",
            "update accounts_audithead set seq = 0",
            "delete from accounts_audithead",
        ],
    )
    def test_no_role_of_the_product_changes_the_trail(self, cast: Cast, role: str, statement: str) -> None:
        write(cast)
        context = tenancy.system("test") if role == "system" else acting(cast.alice, cast.workspace)
        with context, pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(statement)

    @pytest.mark.parametrize(
        "call", ["mv_audit_seal(1, 0, '[]')", "mv_audit_purge(1, 1, '', '', '')", "mv_audit_forget(1)"]
    )
    def test_the_doors_may_not_seal_purge_or_forget(self, cast: Cast, call: str) -> None:
        refused = pytest.raises(ProgrammingError, match="permission denied")
        with acting(cast.alice, cast.workspace), refused, transaction.atomic():
            run(f"select {call}")


class SightTests:
    def test_members_see_their_own_workspaces_trail_and_strangers_none(self, cast: Cast) -> None:
        write(cast)
        for person, where, number in ((cast.bob, cast.workspace, 1), (cast.charlie, cast.elsewhere, 0)):
            with acting(person, where):
                assert AuditEntry.objects.filter(action="workspace.tested").count() == number

    def test_a_persons_own_entries_are_seen_by_nobody_else(self, cast: Cast) -> None:
        audit.record(actor=None, action="user.tested", target=cast.alice, workspace=None)
        assert seen_by(cast.alice) == 1
        assert seen_by(cast.bob) == 0


def seen_by(person: User) -> int:
    with tenancy.tenant(user_id=person.pk):
        return AuditEntry.objects.filter(action="user.tested").count()


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
