"""Access that is ours no more is given back to the platform: in time, by tries of its own, and nothing waits for it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import workspaces
from accounts.audit_models import AuditEntry
from accounts.leaving import delete_account
from accounts.models import Workspace
from multivio import tenancy
from sandbox.testing import Running
from social import erasure, revoking
from social.models import Revocation
from social.tasks import return_access
from social.tests.cast import Cast, acting, all_connections, browser, connect
from social.tests.test_disconnecting import disconnect, works


def owed() -> list[Revocation]:
    with tenancy.system("test"):
        return list(Revocation.objects.order_by("created_at"))


def rewind(**values: Any) -> None:
    """The next try is due."""
    with tenancy.system("test"):
        Revocation.objects.update(due_at=timezone.now() - timedelta(seconds=1), **values)


def told(sandbox: Running) -> int:
    return [row["operation"] for row in sandbox.control.ledger()].count("token_revoke")


def trail(workspace: Workspace) -> list[tuple[str, str, str]]:
    """What the workspace's trail says of it: who, what, and why."""
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(workspace_id=workspace.pk, action__startswith="connection.access").order_by(
            "id"
        )
        return [(row.who, row.action, row.reason) for row in rows]


def delete(cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        workspaces.close(actor=actor, name=cast.workspace.name)
    with tenancy.system("test"):
        Workspace.objects.filter(pk=cast.workspace.pk).update(closing_at=timezone.now() - timedelta(seconds=1))
    assert workspaces.delete_due() == 1


@pytest.fixture
def token(sandbox: Running, cast: Cast) -> str:
    """Alice's workspace is connected; with what it publishes."""
    connect(sandbox, browser(cast.alice), cast.workspace)
    return str(all_connections()[0].grant.access_token)


def test_a_deleted_workspace_gives_its_access_back(sandbox: Running, cast: Cast, token: str) -> None:
    delete(cast)
    assert told(sandbox) == 0  # the deletion itself waits for no platform
    assert works(token)
    return_access()
    assert not works(token)
    assert owed() == []
    assert trail(cast.workspace) == [("Multivio", "connection.access_returned", "")]


def test_days_of_grace_keep_it(sandbox: Running, cast: Cast, token: str) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        workspaces.close(actor=actor, name=cast.workspace.name)
    return_access()
    assert works(token)


def test_a_deleted_account_gives_back_what_its_workspaces_had(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.charlie), cast.elsewhere)
    token = str(all_connections()[0].grant.access_token)
    delete_account(user=cast.charlie, email=cast.charlie.email)
    workspaces.delete_due()
    return_access()
    assert not works(token)


def test_what_another_workspace_uses_as_well_stays(sandbox: Running, cast: Cast, token: str) -> None:
    connect(sandbox, browser(cast.charlie), cast.elsewhere)
    delete(cast)
    return_access()
    assert (told(sandbox), owed(), trail(cast.workspace)) == (0, [], [])
    assert works(str(all_connections()[0].grant.access_token))


def test_a_platform_that_is_away_is_told_later(sandbox: Running, cast: Cast, token: str) -> None:
    delete(cast)
    sandbox.control.add_fault(operation="token_revoke", kind="reject_5xx")
    return_access()
    (row,) = owed()
    assert (row.tries, works(token), trail(cast.workspace)) == (1, True, [])
    assert timedelta(minutes=9) < row.due_at - timezone.now() <= revoking.FIRST_PAUSE
    return_access()  # not due, whoever asks
    assert revoking.settle(row.pk) == revoking.Told.LATER
    assert owed()[0].tries == 1
    rewind()
    return_access()
    assert (owed(), works(token)) == ([], False)


def test_disconnecting_tries_at_once_and_goes_on_by_itself(sandbox: Running, cast: Cast, token: str) -> None:
    sandbox.control.add_fault(operation="token_revoke", kind="reject_5xx")
    disconnect(browser(cast.alice), cast, all_connections()[0])
    assert works(token)
    rewind()
    return_access()
    assert not works(token)
    assert trail(cast.workspace) == [("Multivio", "connection.access_returned", "")]


def test_who_connects_again_meanwhile_keeps_the_access(sandbox: Running, cast: Cast, token: str) -> None:
    alice = browser(cast.alice)
    sandbox.control.add_fault(operation="token_revoke", kind="reject_5xx")
    disconnect(alice, cast, all_connections()[0])
    connect(sandbox, alice, cast.workspace)
    rewind()
    return_access()
    assert owed() == []
    assert works(str(all_connections()[0].grant.access_token))


def test_it_gives_up_one_day_and_says_so(sandbox: Running, cast: Cast, token: str) -> None:
    delete(cast)
    rewind(tries=revoking.MOST_TRIES - 1)
    sandbox.control.add_fault(operation="token_revoke", kind="reject_5xx")
    return_access()
    assert owed() == []
    ((who, action, reason),) = trail(cast.workspace)
    assert (who, action) == ("Multivio", "connection.access_not_returned")
    assert reason


def test_a_failure_of_one_does_not_stop_the_others(
    sandbox: Running, cast: Cast, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(cast)
    with tenancy.system("test"):
        Revocation.objects.create(
            workspace_id=cast.workspace.pk,
            platform="threads",
            remote_user_id="1",
            access_token="x",
            due_at=timezone.now() - timedelta(hours=1),
        )
    monkeypatch.setattr("social.platforms.threads.Threads.revoke", lambda *_a, **_k: 1 / 0)
    return_access()
    assert [row.platform for row in owed()] == ["threads"]
    assert not works(token)


def test_it_is_forgotten_with_everything_else_of_a_person(sandbox: Running, cast: Cast, token: str) -> None:
    delete(cast)
    (row,) = owed()
    erasure.erase(slugs=["x"], user_id=row.remote_user_id)
    assert owed() == []
