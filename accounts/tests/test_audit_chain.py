"""Whoever changes the trail behind the product's back is found out: each kind of change, by the one who may do anything in
the database."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts import audit, sealing
from accounts.audit_models import AuditEntry, AuditHead
from accounts.tests.people import Cast, acting, make_cast
from accounts.verifying import tell_operator, verify
from multivio import tenancy

Sql = Callable[..., list[tuple[Any, ...]]]
pytestmark = pytest.mark.real_commits  # the owner changes what was committed


@pytest.fixture(autouse=True)
def _outside(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def chain(cast: Cast) -> int:
    """Five sealed entries of one workspace behind those that making it left, and one of another."""
    with acting(cast.alice, cast.workspace) as actor:
        for number in range(5):
            audit.record(
                actor=actor,
                action="workspace.tested",
                target=cast.workspace,
                workspace=cast.workspace,
                after={"number": number},
            )
    with acting(cast.charlie, cast.elsewhere) as actor:
        audit.record(actor=actor, action="workspace.tested", target=cast.elsewhere, workspace=cast.elsewhere)
    sealing.seal()
    return cast.workspace.pk


def codes(only: int | None = None) -> set[str]:
    return {found.code for found in verify(only).findings}


def entries_of(chain: int) -> list[AuditEntry]:
    with tenancy.system("test"):
        return list(AuditEntry.objects.filter(workspace_id=chain, action="workspace.tested").order_by("seq"))


class WholeTests:
    def test_an_untouched_trail_is_whole(self, chain: int) -> None:
        assert codes() == set()
        call_command("verify_audit")

    def test_each_workspace_has_a_chain_of_its_own(self, chain: int, cast: Cast) -> None:
        sequences = [int(entry.seq or 0) for entry in entries_of(chain)]
        assert sequences == sorted(sequences)
        with tenancy.system("test"):
            assert AuditHead.objects.get(chain=chain).seq == sequences[-1]
            assert AuditHead.objects.get(chain=cast.elsewhere.pk).seq == len(
                AuditEntry.objects.filter(workspace=cast.elsewhere)
            )

    def test_sealing_goes_on_where_it_ended(self, chain: int, cast: Cast) -> None:
        audit.record(actor=None, action="workspace.later", target=cast.workspace, workspace=cast.workspace)
        assert sealing.seal() == 1
        assert sealing.seal() == 0
        assert codes() == set()

    def test_what_waits_too_long_for_the_seal_is_said(self, chain: int, cast: Cast, owner_sql: Sql) -> None:
        audit.record(actor=None, action="workspace.later", target=cast.workspace, workspace=cast.workspace)
        owner_sql("update accounts_auditentry set at = at - interval '1 hour' where action = 'workspace.later'")
        assert codes() == {"unsealed"}


class TamperTests:
    @pytest.mark.parametrize(
        "change",
        [
            "action = 'workspace.other'",
            "user_id = 1",
            "kind = 'task'",
            "at = at - interval '1 day'",
            "target_id = 'another'",
            "request_id = 'another'",
            "api_key_id = 7",
            "origin = jsonb_set(origin, '{who}', '\"Bob\"')",
            "content = jsonb_set(content, '{after,number}', '9')",
            "hash = repeat('0', 64)",
        ],
    )
    def test_an_edited_entry_is_found(self, chain: int, owner_sql: Sql, change: str) -> None:
        owner_sql(f"update accounts_auditentry set {change} where id = %s", [entries_of(chain)[2].pk])
        assert "edited" in codes(chain)

    def test_an_edit_with_digests_made_to_fit_is_found(self, chain: int, owner_sql: Sql) -> None:
        entry = entries_of(chain)[2]
        entry.content["after"]["number"] = 9
        digest = sealing.document_digest(entry.content)
        owner_sql(
            "update accounts_auditentry set content = jsonb_set(content, '{after,number}', '9'), content_digest = %s"
            " where id = %s",
            [digest, entry.pk],
        )
        assert codes(chain) == {"edited"}

    def test_a_chain_written_anew_without_the_key_is_found(
        self, chain: int, owner_sql: Sql, settings: Settings
    ) -> None:
        settings.AUDIT_ANCHORS += "-of-another-machine"
        owner_sql(
            "update accounts_auditentry set seq = null, hash = '', action = 'workspace.forged' where workspace_id = %s",
            [chain],
        )
        owner_sql("delete from accounts_audithead where chain = %s", [chain])
        key, settings.AUDIT_KEYS = settings.AUDIT_KEYS, ["guessed"]
        sealing.seal()
        settings.AUDIT_KEYS = key
        assert codes(chain) == {"unknown_key"}
        owner_sql("update accounts_auditentry set key_id = %s where workspace_id = %s", [sealing.sealing_key(), chain])
        assert codes(chain) == {"edited"}

    def test_a_deleted_entry_is_found(self, chain: int, owner_sql: Sql) -> None:
        owner_sql("delete from accounts_auditentry where id = %s", [entries_of(chain)[2].pk])
        assert codes(chain) == {"missing"}

    def test_a_gap_that_was_closed_is_found(self, chain: int, owner_sql: Sql) -> None:
        gone = entries_of(chain)[2]
        owner_sql("delete from accounts_auditentry where id = %s", [gone.pk])
        owner_sql(
            "update accounts_auditentry set seq = seq - 1 where workspace_id = %s and seq > %s", [chain, gone.seq]
        )
        assert "edited" in codes(chain)

    def test_entries_that_changed_places_are_found(self, chain: int, owner_sql: Sql) -> None:
        one, other = entries_of(chain)[1:3]
        for pk, seq in ((one.pk, 1000), (other.pk, one.seq), (one.pk, other.seq)):
            owner_sql("update accounts_auditentry set seq = %s where id = %s", [seq, pk])
        assert "edited" in codes(chain)

    def test_an_entry_moved_to_another_workspace_is_found(self, chain: int, cast: Cast, owner_sql: Sql) -> None:
        owner_sql(
            "update accounts_auditentry set workspace_id = %s, seq = 1000 where id = %s",
            [cast.elsewhere.pk, entries_of(chain)[-1].pk],
        )
        assert codes(chain) == {"cut"}
        assert codes(cast.elsewhere.pk) != set()

    def test_an_end_that_was_cut_off_is_found(self, chain: int, owner_sql: Sql, settings: Settings) -> None:
        settings.AUDIT_ANCHORS += "-of-another-machine"
        owner_sql("delete from accounts_auditentry where id = any(%s)", [[entry.pk for entry in entries_of(chain)[3:]]])
        assert codes(chain) == {"cut"}

    def test_an_end_that_was_cut_off_with_the_head_put_back_is_found_by_what_was_noted_outside(
        self, chain: int, owner_sql: Sql
    ) -> None:
        entries = entries_of(chain)
        owner_sql("delete from accounts_auditentry where id = any(%s)", [[entry.pk for entry in entries[3:]]])
        owner_sql(
            "update accounts_audithead set seq = %s, hash = %s where chain = %s",
            [entries[2].seq, entries[2].hash, chain],
        )
        assert codes(chain) == {"cut"}

    def test_a_whole_chain_that_is_gone_is_found(self, chain: int, owner_sql: Sql) -> None:
        owner_sql("delete from accounts_auditentry where workspace_id = %s", [chain])
        owner_sql("delete from accounts_audithead where chain = %s", [chain])
        assert codes() == {"cut"}

    def test_a_beginning_that_was_cut_off_is_found(self, chain: int, owner_sql: Sql) -> None:
        last = entries_of(chain)[1]
        owner_sql("delete from accounts_auditentry where workspace_id = %s and seq <= %s", [chain, last.seq])
        assert codes(chain) == {"missing"}
        owner_sql(
            "update accounts_audithead set kept_seq = %s, kept_hash = %s, key_id = %s where chain = %s",
            [last.seq, last.hash, last.key_id, chain],
        )
        assert codes(chain) == {"missing"}

    def test_emptied_documents_are_found(self, chain: int, owner_sql: Sql) -> None:
        owner_sql("update accounts_auditentry set origin = null where id = %s", [entries_of(chain)[1].pk])
        assert codes(chain) == {"emptied"}

    def test_the_command_says_so_and_fails(self, chain: int, owner_sql: Sql, capsys: Any) -> None:
        owner_sql("update accounts_auditentry set action = 'x' where id = %s", [entries_of(chain)[2].pk])
        with pytest.raises(CommandError, match="was changed or is incomplete"):
            call_command("verify_audit")
        assert f"workspace {chain}: edited" in capsys.readouterr().out

    def test_the_operator_is_told_by_mail(self, chain: int, owner_sql: Sql, settings: Settings) -> None:
        settings.ADMINS = [("ops@multivio.example", "ops@multivio.example")]
        tell_operator()
        assert mail.outbox == []
        owner_sql("update accounts_auditentry set action = 'x' where id = %s", [entries_of(chain)[2].pk])
        tell_operator()
        (letter,) = mail.outbox
        assert f"workspace {chain}: edited" in letter.body


class ForgettingTests:
    def test_a_person_is_forgotten_and_the_chain_holds(self, chain: int, cast: Cast) -> None:
        audit.forget(cast.alice)
        with tenancy.system("test"):
            mine = AuditEntry.objects.filter(user_id=cast.alice.pk)
            assert mine.exists()
            assert not mine.exclude(origin=None).exists()
        assert entries_of(chain)[0].who == "Somebody who left"
        call_command("verify_audit")
        assert verify(chain).forgotten == 5 + 1  # and the making of the workspace


class RetentionTests:
    def test_old_entries_go_and_the_chain_holds(self, chain: int, settings: Settings) -> None:
        settings.AUDIT_RETENTION_DAYS = 30
        assert sealing.purge() == 0
        kept = entries_of(chain)[3:]
        with time_machine.travel(kept[0].at + timedelta(days=30), tick=False):
            assert sealing.purge() > 0
        assert entries_of(chain) == kept
        with tenancy.system("test"):
            assert AuditEntry.objects.filter(workspace_id=chain, action="audit.purged").count() == 1
        call_command("verify_audit")

    def test_a_retention_of_zero_keeps_everything(self, chain: int, settings: Settings) -> None:
        settings.AUDIT_RETENTION_DAYS = 0
        with time_machine.travel("2099-01-01", tick=False):
            assert sealing.purge() == 0
