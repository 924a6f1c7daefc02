"""Pages that a grant has come to open since it was given."""

from typing import Any

import pytest

from accounts.roles import Role
from multivio import tenancy
from sandbox.testing import Running
from social.models import Connection, Grant
from social.tests.cast import Cast, add_member, all_connections, browser, come_back, start, told

NORRE = "104820391450001"


def connect(sandbox: Running, cast: Cast) -> Any:
    alice = browser(cast.alice)
    address = start(alice, cast.workspace, "facebook")
    come_back(alice, sandbox.control.consent(address, "tomas.eriksen", platform="facebook"))
    return alice


def look(client: Any, cast: Cast, platform: str = "facebook") -> list[str]:
    answer = client.post(f"/w/{cast.workspace.slug}/connections/look/{platform}/")
    return told(client, answer)


def promote(sandbox: Running) -> None:
    """Tomas may write for Norre Studio from now on."""
    body = {"person": "tomas.eriksen", "page": "norrestudio", "tasks": ["CREATE_CONTENT"]}
    sandbox.control.call("POST", "facebook/roles", body)


def test_a_new_page_is_opened_without_another_handshake(sandbox: Running, cast: Cast) -> None:
    alice = connect(sandbox, cast)
    assert len(all_connections()) == 1
    promote(sandbox)
    assert look(alice, cast)[-1] == "New on Facebook: Norre Studio."
    assert {one.username for one in all_connections()} == {"almalamps", "norrestudio"}
    assert len({one.grant_id for one in all_connections()}) == 1


def test_nothing_new_is_said(sandbox: Running, cast: Cast) -> None:
    alice = connect(sandbox, cast)
    assert "no account that is not here already" in look(alice, cast)[-1]
    assert len(all_connections()) == 1


def test_what_somebody_disconnected_stays_so(sandbox: Running, cast: Cast) -> None:
    alice = connect(sandbox, cast)
    promote(sandbox)
    look(alice, cast)
    (norre,) = [one for one in all_connections() if one.remote_id == NORRE]
    alice.post(f"/w/{cast.workspace.slug}/connections/{norre.uid}/disconnect/")
    look(alice, cast)
    (norre,) = [one for one in all_connections() if one.remote_id == NORRE]
    assert norre.disconnected_at is not None


def test_a_page_that_was_renamed_gets_its_new_name(sandbox: Running, cast: Cast) -> None:
    alice = connect(sandbox, cast)
    with tenancy.system("test"):
        Connection.objects.update(name="Old name")
    look(alice, cast)
    assert [one.name for one in all_connections()] == ["Alma Lamps"]


def test_a_platform_that_cannot_be_asked_changes_nothing(sandbox: Running, cast: Cast) -> None:
    alice = connect(sandbox, cast)
    sandbox.control.add_fault(platform="facebook", operation="pages", kind="reject_5xx")
    assert "trouble of its own" in look(alice, cast)[-1]
    assert len(all_connections()) == 1


def test_a_grant_that_ended_is_not_used(sandbox: Running, cast: Cast) -> None:
    alice = connect(sandbox, cast)
    with tenancy.system("test"):
        Grant.objects.update(dead_at="2026-01-01T00:00:00Z")
    assert "nothing connected there" in look(alice, cast)[-1]


@pytest.mark.parametrize("platform", ["x", "nowhere"])
def test_where_one_handshake_is_one_account_there_is_nothing_to_look_for(
    sandbox: Running, cast: Cast, platform: str
) -> None:
    assert "nothing connected there" in look(browser(cast.alice), cast, platform)[-1]


def test_only_who_may_connect_may_look(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, cast)
    add_member(cast.workspace, cast.charlie, Role.EDITOR)
    assert "may not" in look(browser(cast.charlie), cast)[-1]


def test_the_button_is_there_for_who_has_pages(sandbox: Running, cast: Cast) -> None:
    address = f"/w/{cast.workspace.slug}/connections/"
    assert "Look for new ones" not in browser(cast.alice).get(address).content.decode()
    alice = connect(sandbox, cast)
    assert alice.get(address).content.decode().count("Look for new ones") == 1
