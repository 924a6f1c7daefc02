"""Grants and connections in the admin: found, read, never changed, and never with a token on the page."""

import pytest
from django.test import Client

from accounts.models import User
from sandbox.testing import Running
from social.tests.cast import Cast, all_connections, all_grants, browser, connect


@pytest.fixture
def desk(db: None) -> Client:
    """A support person's browser."""
    person = User.objects.create_superuser("support@example.org", "a-long-enough-password")
    return browser(person)


def test_a_grant_is_found_by_name_and_shows_no_token(sandbox: Running, cast: Cast, desk: Client) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    (grant,) = all_grants()
    pages = [
        desk.get("/admin/social/grant/?q=norrestudio"),
        desk.get(f"/admin/social/grant/{grant.pk}/change/"),
    ]
    assert [page.status_code for page in pages] == [200, 200]
    assert "1 grant" in pages[0].content.decode()
    assert "tweet.write" in pages[1].content.decode()
    for page in pages:
        for secret in (str(grant.access_token), str(grant.refresh_token), "mv1."):
            assert secret not in page.content.decode()


def test_a_connection_is_found_across_workspaces(sandbox: Running, cast: Cast, desk: Client) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    connect(sandbox, browser(cast.charlie), cast.elsewhere)
    page = desk.get("/admin/social/connection/?q=norrestudio&health=ok").content.decode()
    assert "2 connections" in page
    assert "Elsewhere" in page


@pytest.mark.parametrize("model", ["grant", "connection"])
def test_nothing_can_be_made_changed_or_deleted(sandbox: Running, cast: Cast, desk: Client, model: str) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace)
    row = all_grants()[0] if model == "grant" else all_connections()[0]
    root = f"/admin/social/{model}"
    assert desk.get(f"{root}/add/").status_code == 403
    assert desk.post(f"{root}/{row.pk}/change/", {"remote_user_id": "1"}).status_code == 403
    assert desk.post(f"{root}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_it_is_for_staff_only(sandbox: Running, cast: Cast) -> None:
    assert browser(cast.alice).get("/admin/social/grant/").status_code == 302
