"""What TikTok lets an account do is asked anew while somebody writes for it: for the composer, for the API, and by a button."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.roles import Role
from accounts.tests.people import add_member
from multivio import tenancy
from posts.tests.callers import caller
from posts.tests.factories import Cast, make_connection, make_user
from posts.tests.pages import browser, text_of
from sandbox.testing import Running
from social.models import Connection, Grant
from social.tests.tiktok_making import CLIENT

pytestmark = pytest.mark.real_commits
PUBLIC = "PUBLIC_TO_EVERYONE"


@pytest.fixture
def account(sandbox: Running, cast: Cast) -> Connection:
    """As it was when it was connected: public, and everything allowed."""
    tokens = sandbox.control.tokens("norrestudio", platform="tiktok", client_id=CLIENT)
    names = ("access_token", "refresh_token")
    made = make_connection(
        cast.workspace,
        username="norrestudio",
        remote_id=tokens["open_id"],
        **{name: tokens[name] for name in names},
    )
    with tenancy.system("test set-up"):
        traits = {"audiences": [PUBLIC, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"], "lacks": []}
        Connection.objects.filter(pk=made.pk).update(platform="tiktok", traits=traits)
        Grant.objects.filter(pk=made.grant_id).update(platform="tiktok")
        made.refresh_from_db()
        return made


def private(sandbox: Running, **switches: Any) -> None:
    sandbox.control.call("POST", "tiktok/creator", {"username": "norrestudio", "is_private": True, **switches})


def asked(sandbox: Running) -> int:
    return sum(row["operation"] == "creator_info" for row in sandbox.control.ledger(platform="tiktok"))


def traits_of(account: Connection) -> dict[str, Any]:
    with tenancy.system("test"):
        return dict(Connection.objects.get(pk=account.pk).traits)


def check(cast: Cast, account: Connection, **fields: str) -> str:
    sent = {"part": "1", "text-1": "A film", "connections": str(account.uid), **fields}
    return text_of(browser(cast.alice).post(f"/w/{cast.workspace.slug}/compose/check/", sent))


def test_the_composer_s_check_brings_the_choices_of_this_moment(
    sandbox: Running, cast: Cast, account: Connection
) -> None:
    private(sandbox, duet_disabled=True)
    name = f"option-{account.uid}-privacy_level"
    page = check(cast, account, **{name: PUBLIC})
    assert f'id="options-{account.uid}"' in page
    assert 'value="FOLLOWER_OF_CREATOR"' in page
    assert f'value="{PUBLIC}"' not in page
    assert "“Who can see it” does not fit TikTok." in page
    assert "What TikTok allows this account, read at" in page
    assert traits_of(account) == {
        "audiences": ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": False,
        "duet_disabled": True,
        "stitch_disabled": False,
        "max_seconds": 600,
        "lacks": [],
    }


def test_it_is_asked_once_a_minute_and_by_its_button_again(sandbox: Running, cast: Cast, account: Connection) -> None:
    check(cast, account)
    check(cast, account)
    assert asked(sandbox) == 1
    private(sandbox)
    assert 'value="FOLLOWER_OF_CREATOR"' not in check(cast, account)
    assert 'value="FOLLOWER_OF_CREATOR"' in check(cast, account, action=f"reread:{account.uid}")
    check(cast, account, action=f"reread:{account.uid}")
    assert asked(sandbox) == 2


def test_without_scripts_the_button_shows_the_whole_composer_again(
    sandbox: Running, cast: Cast, account: Connection
) -> None:
    private(sandbox)
    sent = {"part": "1", "text-1": "Kept words", "connections": str(account.uid), "action": f"reread:{account.uid}"}
    page = text_of(browser(cast.alice).post(f"/w/{cast.workspace.slug}/compose/", sent))
    assert "Kept words" in page
    assert 'value="FOLLOWER_OF_CREATOR"' in page


def test_what_cannot_be_asked_keeps_what_was_known_and_says_so(
    sandbox: Running, cast: Cast, account: Connection
) -> None:
    sandbox.control.add_fault(platform="tiktok", operation="creator_info", kind="reject_5xx")
    page = check(cast, account)
    assert "The choices are what was known before." in page
    assert f'value="{PUBLIC}"' in page
    assert traits_of(account)["audiences"][0] == PUBLIC


def test_the_api_s_check_asks_as_well_and_a_sending_is_held_against_it(
    sandbox: Running, cast: Cast, account: Connection
) -> None:
    private(sandbox)
    api: APIClient = caller(cast.alice, cast.workspace)
    body = {
        "text": "A film",
        "connections": [str(account.uid)],
        "variants": [{"connection": str(account.uid), "options": {"privacy_level": PUBLIC}}],
        "publish_now": True,
    }
    (told,) = api.post("/api/v1/posts/validate", body).json()["connections"]
    assert (f"variants.{account.uid}.options.privacy_level", "wrong_option") in {
        (problem["field"], problem["code"]) for problem in told["problems"]
    }
    offered = api.get(f"/api/v1/connections/{account.uid}").json()["capabilities"]["options"][0]["choices"]
    assert [value for value, _ in offered] == ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]


def test_nobody_asks_about_accounts_of_another_workspace_or_without_the_right(
    sandbox: Running, cast: Cast, account: Connection
) -> None:
    sent = {"part": "1", "text-1": "A film", "connections": str(account.uid)}
    answer = browser(cast.charlie).post(f"/w/{cast.workspace.slug}/compose/check/", sent)
    assert answer.status_code == 404
    viewer = make_user("vera")
    add_member(cast.workspace, viewer, Role.VIEWER)
    assert browser(viewer).post(f"/w/{cast.workspace.slug}/compose/check/", sent).status_code == 403
    assert asked(sandbox) == 0
