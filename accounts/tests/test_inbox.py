"""The bell, the page of notifications, preferences, and the same by API."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import preferences
from accounts.models import User
from accounts.notification_models import Device, Kind, Mail, Notification
from accounts.notifications import notify
from accounts.services import create_api_key
from accounts.tests.people import Cast, acting, add_member, make_cast
from multivio import tenancy

JSON = "application/json"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tell(cast: Cast, *users: User, **more: Any) -> Notification:
    said = {"kind": Kind.FAILED, "workspace": cast.workspace, "title": "A post failed", "body": "X said no.", **more}
    notify(users=users or [cast.alice], **{"url": f"/w/{cast.workspace.slug}/posts/", **said})
    with tenancy.system("test"):
        return Notification.objects.latest("id")


def at(cast: Cast, rest: str = "") -> str:
    return f"/w/{cast.workspace.slug}/notifications/{rest}"


class BellTests:
    def test_it_counts_what_was_not_read(self, cast: Cast) -> None:
        client = browser(cast.alice)
        assert 'aria-label="Notifications"' in client.get(at(cast, "bell/")).content.decode()
        tell(cast)
        tell(cast)
        bell = client.get(at(cast, "bell/"))
        assert 'aria-label="Notifications, 2 unread"' in bell.content.decode()
        assert 'hx-trigger="every 30s"' in bell.content.decode()

    def test_it_stops_asking_when_nobody_is_signed_in(self, cast: Cast) -> None:
        assert Client(headers={"HX-Request": "true"}).get(at(cast, "bell/")).status_code == 286
        assert Client().get(at(cast, "bell/")).status_code == 302

    def test_it_is_on_every_page_of_the_workspace(self, cast: Cast) -> None:
        tell(cast)
        assert "Notifications, 1 unread" in browser(cast.alice).get(f"/w/{cast.workspace.slug}/").content.decode()

    def test_a_stranger_finds_nothing(self, cast: Cast) -> None:
        one = tell(cast)
        client = browser(cast.charlie)
        assert [client.get(at(cast, rest)).status_code for rest in ("", "bell/", f"{one.uid}/")] == [404] * 3


class PageTests:
    def test_opening_one_reads_it_and_goes_where_it_leads(self, cast: Cast) -> None:
        one = tell(cast)
        client = browser(cast.alice)
        assert "(unread)" in client.get(at(cast)).content.decode()
        assert client.get(at(cast, f"{one.uid}/")).url == f"/w/{cast.workspace.slug}/posts/"  # type: ignore[attr-defined]
        assert "(unread)" not in client.get(at(cast)).content.decode()

    def test_another_members_is_not_there(self, cast: Cast) -> None:
        one = tell(cast, cast.alice)
        assert browser(cast.bob).get(at(cast, f"{one.uid}/")).status_code == 404

    @pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
    def test_it_leads_nowhere_else(self, cast: Cast, url: str) -> None:
        one = tell(cast, url=url)
        assert browser(cast.alice).get(at(cast, f"{one.uid}/")).url == at(cast)  # type: ignore[attr-defined]

    def test_all_are_read_at_once_and_only_ones_own(self, cast: Cast) -> None:
        tell(cast, cast.alice, cast.bob)
        browser(cast.alice).post(at(cast, "read/"))
        assert "All read" in browser(cast.alice).get(f"{at(cast)}?show=unread").content.decode()
        assert "(unread)" in browser(cast.bob).get(at(cast)).content.decode()

    def test_other_workspaces_of_mine_are_named(self, cast: Cast) -> None:
        add_member(cast.elsewhere, cast.alice)
        tell(cast, workspace=cast.elsewhere)
        assert "Elsewhere" in browser(cast.alice).get(at(cast)).content.decode()

    def test_an_empty_page_says_what_will_be_there(self, cast: Cast) -> None:
        assert "Nothing yet" in browser(cast.alice).get(at(cast)).content.decode()

    def test_it_turns_pages(self, cast: Cast) -> None:
        for number in range(35):
            tell(cast, title=f"number {number}")
        first = browser(cast.alice).get(at(cast)).context
        second = browser(cast.alice).get(f"{at(cast)}?{first['older']}").context
        assert [len(first["notifications"]), len(second["notifications"]), second["older"]] == [30, 5, ""]


class ChoiceTests:
    def test_what_was_chosen_is_kept(self, cast: Cast) -> None:
        client = browser(cast.alice)
        page = client.get("/accounts/notifications/").content.decode()
        assert "A post failed" in page
        client.post(
            "/accounts/notifications/keep/", {"failed-mail": "off", "weekly-mail": "digest", "weekly-in_app": "on"}
        )
        with tenancy.tenant(user_id=cast.alice.pk):
            chosen = preferences.of(cast.alice)
        assert (chosen[Kind.FAILED].in_app, chosen[Kind.FAILED].mail) == (False, Mail.OFF)
        assert (chosen[Kind.WEEKLY].in_app, chosen[Kind.WEEKLY].mail) == (True, Mail.DIGEST)
        assert chosen[Kind.APPROVAL] == preferences.DEFAULTS[Kind.APPROVAL]

    def test_security_cannot_be_silenced(self, cast: Cast) -> None:
        answer = browser(cast.alice).post("/accounts/notifications/keep/", {"security-mail": "off"}, follow=True)
        assert "safety of your account" in answer.content.decode()

    def test_push_is_shown_where_it_is_on(self, cast: Cast, settings: Settings) -> None:
        client = browser(cast.alice)
        assert "Push" not in client.get("/accounts/notifications/").content.decode()
        settings.PUSH_ENABLED = True
        assert "Push" in client.get("/accounts/notifications/").content.decode()

    def test_saving_where_push_is_off_keeps_the_wish_for_it(self, cast: Cast) -> None:
        client = browser(cast.alice)
        assert 'name="failed-push-kept"' in client.get("/accounts/notifications/").content.decode()
        client.post("/accounts/notifications/keep/", {"failed-mail": "now", "failed-push-kept": "1"})
        with tenancy.tenant(user_id=cast.alice.pk):
            assert preferences.of(cast.alice)[Kind.FAILED].push

    def test_nobody_is_asked_who_is_not_signed_in(self, db: None) -> None:
        assert Client().get("/accounts/notifications/").status_code == 302


class ApiTests:
    @pytest.fixture
    def api(self, cast: Cast) -> Client:
        """Alice's own session."""
        return browser(cast.alice)

    @pytest.fixture
    def key(self, cast: Cast) -> Client:
        with acting(cast.alice, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="robot")
        return Client(headers={"Authorization": f"Bearer {key}"})

    def test_it_lists_and_marks_as_read(self, cast: Cast, api: Client) -> None:
        one, _two = tell(cast), tell(cast, title="Another")
        found = api.get("/api/v1/notifications").json()["results"]
        assert [row["title"] for row in found] == ["Another", "A post failed"]
        said = api.post("/api/v1/notifications/read", {"notifications": [str(one.uid)]}, content_type=JSON).json()
        assert said == {"read": 1, "unread": 1}
        (left,) = api.get("/api/v1/notifications?unread=true").json()["results"]
        assert left["title"] == "Another"
        assert api.post("/api/v1/notifications/read", {}, content_type=JSON).json() == {"read": 1, "unread": 0}

    def test_a_key_sees_its_own_workspace_only(self, cast: Cast, key: Client) -> None:
        add_member(cast.elsewhere, cast.alice)
        tell(cast, workspace=cast.elsewhere, title="Elsewhere")
        tell(cast)
        assert [row["title"] for row in key.get("/api/v1/notifications").json()["results"]] == ["A post failed"]

    def test_a_key_changes_nothing_of_the_account(self, cast: Cast, key: Client) -> None:
        device = {"token": "t", "system": "ios"}
        answers = [
            key.get("/api/v1/notifications/preferences"),
            key.patch("/api/v1/notifications/preferences", {}, content_type=JSON),
            key.get("/api/v1/devices"),
            key.post("/api/v1/devices", device, content_type=JSON),
        ]
        assert [answer.status_code for answer in answers] == [403] * 4
        with tenancy.system("test"):
            assert not Device.objects.exists()

    def test_preferences_are_changed_one_by_one(self, api: Client) -> None:
        answer = api.patch("/api/v1/notifications/preferences", {"failed": {"mail": "digest"}}, content_type=JSON)
        assert answer.json()["failed"] == {"in_app": True, "mail": "digest", "push": True}
        refused: list[dict[str, Any]] = [{"failed": {"mail": "often"}}, {"weather": {}}, {"security": {"mail": "off"}}]
        for wrong in refused:
            assert api.patch("/api/v1/notifications/preferences", wrong, content_type=JSON).status_code == 422

    def test_devices_come_and_go_and_show_no_token(self, cast: Cast, api: Client) -> None:
        made = api.post(
            "/api/v1/devices", {"token": "secret-token", "system": "ios", "name": "Phone"}, content_type=JSON
        )
        assert made.status_code == 201
        api.post("/api/v1/devices", {"token": "secret-token", "system": "ios", "name": "Telephone"}, content_type=JSON)
        listed = api.get("/api/v1/devices")
        (device,) = listed.json()["results"]
        assert device["name"] == "Telephone"
        assert "secret-token" not in listed.content.decode()
        assert browser(cast.bob).delete(f"/api/v1/devices/{device['id']}").status_code == 404
        assert api.delete(f"/api/v1/devices/{device['id']}").status_code == 204
        assert api.get("/api/v1/devices").json() == {"results": []}

    def test_a_device_goes_to_whoever_signed_in_there_last(self, cast: Cast, api: Client) -> None:
        phone = {"token": "phone", "system": "android"}
        api.post("/api/v1/devices", phone, content_type=JSON)
        browser(cast.bob).post("/api/v1/devices", phone, content_type=JSON)
        assert api.get("/api/v1/devices").json() == {"results": []}
