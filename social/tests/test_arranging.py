"""Telling accounts apart: labels, and which one comes first."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.roles import Role
from accounts.services import create_api_key
from multivio.errors import Forbidden, Invalid, NotFound
from social import arranging, services
from social.models import Connection
from social.tests.cast import Cast, acting, add_member, all_connections, browser, make_user
from social.tests.rows import make_connection


@pytest.fixture
def two(cast: Cast) -> tuple[Connection, Connection]:
    return make_connection(cast.workspace, "first"), make_connection(cast.workspace, "second")


def primary() -> list[str]:
    return [one.username for one in all_connections() if one.is_primary]


def test_the_account_that_was_connected_first_comes_first(two: tuple[Connection, Connection]) -> None:
    assert primary() == ["first"]


def test_another_one_can_be_chosen(two: tuple[Connection, Connection], cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        arranging.make_primary(actor=actor, connection=two[1])
        assert [one.username for one in Connection.objects.in_workspace(cast.workspace.pk).live()] == [
            "second",
            "first",
        ]
    assert primary() == ["second"]


def test_the_database_refuses_two(two: tuple[Connection, Connection], cast: Cast) -> None:
    with acting(cast.alice, cast.workspace), pytest.raises(IntegrityError), transaction.atomic():
        Connection.objects.filter(pk=two[1].pk).update(is_primary=True)


def test_a_disconnected_one_passes_it_on(two: tuple[Connection, Connection], cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        pass
    services.disconnect(actor=actor, connection=two[0])
    assert primary() == ["second"]


def test_a_label_stands_behind_the_name_and_can_be_taken_away(two: tuple[Connection, Connection], cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        found = arranging.set_label(actor=actor, connection=two[0], label="  the   shop ")
        assert (found.label, found.handle) == ("the shop", "@first (the shop)")
        assert arranging.set_label(actor=actor, connection=found, label=" ").handle == "@first"


def test_a_label_that_is_too_long_is_refused(two: tuple[Connection, Connection], cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor, pytest.raises(Invalid, match="at most 60"):
        arranging.set_label(actor=actor, connection=two[0], label="x" * 61)


def test_only_who_may_connect_arranges(two: tuple[Connection, Connection], cast: Cast) -> None:
    with acting(cast.bob, cast.workspace) as actor:
        with pytest.raises(Forbidden):
            arranging.set_label(actor=actor, connection=two[0], label="mine")
        with pytest.raises(Forbidden):
            arranging.make_primary(actor=actor, connection=two[1])


def test_another_workspace_s_account_is_not_there(two: tuple[Connection, Connection], cast: Cast) -> None:
    with acting(cast.charlie, cast.elsewhere) as actor, pytest.raises(NotFound):
        arranging.set_label(actor=actor, connection=two[0], label="mine")


class ApiTests:
    def api(self, cast: Cast) -> Client:
        with acting(cast.alice, cast.workspace) as actor:
            _, key = create_api_key(actor=actor, name="test")
        return Client(headers={"authorization": f"Bearer {key}", "host": "localhost:8000"})

    def test_label_and_place_are_changed_in_one_call(self, two: tuple[Connection, Connection], cast: Cast) -> None:
        body = {"label": "the shop", "primary": True}
        answer = self.api(cast).patch(f"/api/v1/connections/{two[1].uid}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["label"], answer.json()["primary"]) == (200, "the shop", True)

    @pytest.mark.parametrize(
        ("sent", "field", "code"),
        [
            ({"primary": False}, "primary", "choose_another"),
            ({"label": "x" * 61}, "label", "max_length"),
            ({"name": "mine"}, "name", "unknown_field"),
        ],
    )
    def test_what_cannot_be_changed_is_refused(
        self, two: tuple[Connection, Connection], cast: Cast, sent: dict[str, object], field: str, code: str
    ) -> None:
        answer = self.api(cast).patch(f"/api/v1/connections/{two[0].uid}", sent, content_type="application/json")
        assert answer.status_code == 422
        assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


class PageTests:
    def test_it_is_saved_from_the_account_s_page(self, two: tuple[Connection, Connection], cast: Cast) -> None:
        alice = browser(cast.alice)
        address = f"/w/{cast.workspace.slug}/connections/{two[1].uid}/"
        alice.post(f"{address}arrange/", {"label": "the shop"})
        alice.post(f"{address}arrange/", {"primary": "1"})
        page = alice.get(address).content.decode()
        assert "@second (the shop)" in page
        assert "comes first" in page

    def test_a_viewer_sees_it_and_cannot_change_it(self, two: tuple[Connection, Connection], cast: Cast) -> None:
        vera = make_user("Vera")
        add_member(cast.workspace, vera, Role.VIEWER)
        page = browser(vera).get(f"/w/{cast.workspace.slug}/connections/{two[0].uid}/").content.decode()
        assert "Health" in page
        assert "What you call it" not in page
        browser(vera).post(f"/w/{cast.workspace.slug}/connections/{two[0].uid}/arrange/", {"label": "mine"})
        assert all_connections()[0].label == ""

    def test_a_stranger_finds_nothing(self, two: tuple[Connection, Connection], cast: Cast) -> None:
        for workspace in (cast.workspace, cast.elsewhere):
            address = f"/w/{workspace.slug}/connections/{two[0].uid}/"
            assert browser(cast.charlie).get(address).status_code == 404
