"""A handshake that opens several accounts asks which of them should be here."""

from django.utils import timezone

from multivio import tenancy
from sandbox.testing import Running
from social.models import Connection
from social.tests.cast import Cast, all_connections, browser
from social.tests.facebook_making import naps
from social.tests.test_facebook_connecting import LAMPS, NORRE, connect

__all__ = ["naps"]


def live() -> dict[str, Connection]:
    return {one.remote_id: one for one in all_connections() if one.disconnected_at is None}


def test_several_new_ones_lead_to_the_choice(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    assert answer.url.startswith(f"/w/{cast.workspace.slug}/connections/choose/")
    page = alice.get(answer.url).content.decode()
    assert page.count('name="keep"') == 3
    kept = {"keep": [str(live()[NORRE].uid), str(live()[LAMPS].uid)]}
    said = alice.post(f"{answer.url}keep/", kept, follow=True).content.decode()
    assert "2 accounts connected, 1 left out." in said
    assert set(live()) == {NORRE, LAMPS}


def test_the_grant_stays_good_for_those_that_are_kept(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    alice.post(f"{answer.url}keep/", {"keep": [str(live()[NORRE].uid)]})
    assert not live()[NORRE].grant.is_dead
    assert live()[NORRE].access_token


def test_connecting_again_without_news_asks_nothing(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    connect(sandbox, alice, cast)
    assert connect(sandbox, alice, cast).url == f"/w/{cast.workspace.slug}/connections/"


def test_nobody_else_sees_it(sandbox: Running, cast: Cast) -> None:
    answer = connect(sandbox, browser(cast.alice), cast)
    assert browser(cast.charlie).get(answer.url).status_code == 404
    assert browser(cast.charlie).post(f"{answer.url}keep/").status_code == 404
    assert len(live()) == 3


def test_a_choice_that_is_gone_is_not_there(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    answer = connect(sandbox, alice, cast)
    with tenancy.system("test"):
        Connection.objects.update(disconnected_at=timezone.now())
    assert alice.get(answer.url).status_code == 404
