"""The page of the audit trail, its filters, and the trail as a file."""

import csv
import io
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.audit_models import AuditEntry
from accounts.roles import Role
from accounts.services import create_api_key
from accounts.tests.people import Cast, acting, add_member, make_cast, make_user
from accounts.trail import exporting, reading
from multivio import tenancy


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def address(cast: Cast, rest: str = "") -> str:
    return f"/w/{cast.workspace.slug}/settings/audit/{rest}"


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def whole(answer: Any) -> bytes:
    """A streamed answer, put together."""

    async def collect() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(collect)()


def write(cast: Cast, number: int = 1, action: str = "post.edited", **more: Any) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        for index in range(number):
            audit.record(
                actor=actor,
                action=action,
                target=cast.workspace,
                workspace=cast.workspace,
                before={"text": f"before {index}"},
                after={"text": f"after {index}"},
                **more,
            )


class PageTests:
    def test_an_owner_reads_who_did_what(self, cast: Cast) -> None:
        write(cast, reason="a better word")
        page = browser(cast.alice).get(address(cast)).content.decode()
        for words in ("Alice", "edited a post", "before 0", "after 0", "a better word", "created the workspace"):
            assert words in page

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.CONTRIBUTOR, Role.VIEWER])
    def test_who_does_not_manage_is_told_so(self, cast: Cast, role: Role) -> None:
        person = make_user("Vera")
        add_member(cast.workspace, person, role)
        for rest in ("", "export.csv", "export.json"):
            answer = browser(person).get(address(cast, rest))
            assert answer.status_code == 403
            assert "for owners and admins" in answer.content.decode()

    def test_a_stranger_finds_nothing(self, cast: Cast) -> None:
        for rest in ("", "export.csv"):
            assert browser(cast.charlie).get(address(cast, rest)).status_code == 404

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("area=post", True),
            ("area=media", False),
            ("kind=user", True),
            ("kind=key", False),
            ("action=post.edited", True),
            ("since=2020-01-01", True),
            ("since=2999-01-01", False),
            ("until=2020-01-01", False),
            ("since=never&area=%00&user=x", True),
        ],
    )
    def test_filters_leave_the_rest_out(self, cast: Cast, query: str, found: bool) -> None:
        write(cast)
        page = browser(cast.alice).get(f"{address(cast)}?{query}").content.decode()
        assert ("after 0" in page) is found
        assert ("Nothing in the trail fits" in page) is not found

    def test_a_person_is_a_filter(self, cast: Cast) -> None:
        write(cast)
        for user, found in ((cast.alice, True), (cast.bob, False)):
            page = browser(cast.alice).get(f"{address(cast)}?user={user.pk}").content.decode()
            assert ("after 0" in page) is found

    def test_it_turns_pages_back_and_forth(self, cast: Cast) -> None:
        write(cast, reading.PAGE + 5)
        client = browser(cast.alice)
        first = client.get(address(cast)).context
        second = client.get(f"{address(cast)}?{first['older']}").context
        assert [len(first["page"].entries), second["older"]] == [reading.PAGE, ""]
        back = client.get(f"{address(cast)}?{second['newer']}").context
        assert [entry.pk for entry in back["page"].entries] == [entry.pk for entry in first["page"].entries]
        assert back["newer"] == ""

    def test_it_asks_the_database_as_often_for_one_entry_as_for_many(self, cast: Cast) -> None:
        client = browser(cast.alice)
        counts = []
        for _ in range(2):
            client.get(address(cast))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(address(cast))
            asked = [query for query in queries.captured_queries if "set_config" not in query["sql"]]
            counts.append(len([query for query in asked if "SAVEPOINT" not in query["sql"]]))
            write(cast, 20)
        assert counts[0] == counts[1] <= 10

    def test_an_entry_of_a_key_names_it(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            row, key = create_api_key(actor=actor, name="robot")
        answer = Client().post(
            "/api/v1/publishing/pause", {}, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {key}"
        )
        assert answer.status_code == 200
        with tenancy.system("test"):
            entry = AuditEntry.objects.get(action="workspace.paused")
        assert (entry.kind, entry.api_key_id, entry.user_id) == ("key", row.pk, cast.alice.pk)
        assert entry.origin["address"] == "127.0.0.1"
        page = browser(cast.alice).get(address(cast)).content.decode()
        assert row.prefix in page
        assert key not in page


class AccountTests:
    def test_a_person_sees_what_happened_to_their_account_and_nobody_else_does(self, cast: Cast) -> None:
        audit.record(actor=None, action="sign_in.failed", target=cast.alice, workspace=None)
        write(cast)
        page = browser(cast.alice).get("/accounts/activity/").content.decode()
        assert "tried to sign in and failed" in page
        assert "edited a post" not in page
        assert "Nothing happened yet" in browser(cast.bob).get("/accounts/activity/").content.decode()
        assert "tried to sign in" not in browser(cast.alice).get(address(cast)).content.decode()

    def test_nobody_is_shown_it_who_is_not_signed_in(self, db: None) -> None:
        assert Client().get("/accounts/activity/").status_code == 302


class ExportTests:
    def test_csv_has_every_entry_and_no_formula(self, cast: Cast) -> None:
        write(cast, 3, reason="=cmd()")
        answer = browser(cast.alice).get(address(cast, "export.csv"))
        assert answer["Content-Disposition"].startswith('attachment; filename="audit-trail-')
        rows = list(csv.DictReader(io.StringIO(whole(answer).decode())))
        edited = [row for row in rows if row["action"] == "post.edited"]
        assert len(edited) == 3
        assert {row["reason"] for row in edited} == {"'=cmd()"}
        assert json.loads(edited[0]["after"]) == {"text": "after 2"}

    def test_json_is_one_list_however_many_pieces(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        write(cast, 7)
        for size in (1, 3, 8, 9, 1000):
            monkeypatch.setattr(exporting, "AT_ONCE", size)
            answer = browser(cast.alice).get(address(cast, "export.json?area=post"))
            found = json.loads(whole(answer))
            assert [entry["after"]["text"] for entry in found] == [f"after {n}" for n in range(6, -1, -1)]

    def test_it_is_itself_in_the_trail(self, cast: Cast) -> None:
        browser(cast.alice).get(address(cast, "export.csv?area=post"))
        with tenancy.system("test"):
            entry = AuditEntry.objects.get(action="audit.exported")
        assert entry.content["after"] == {"form": "csv", "area": "post"}

    def test_another_form_is_not_there(self, cast: Cast) -> None:
        assert browser(cast.alice).get(address(cast, "export.exe")).status_code == 404


class ApiTests:
    @pytest.fixture
    def api(self, cast: Cast) -> Client:
        with acting(cast.alice, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="robot")
        return Client(headers={"Authorization": f"Bearer {key}"})

    def test_it_lists_and_exports(self, cast: Cast, api: Client) -> None:
        write(cast)
        (found,) = api.get("/api/v1/audit?area=post").json()["results"]
        assert (found["action"], found["who"], found["after"]) == ("post.edited", "Alice", {"text": "after 0"})
        (exported,) = json.loads(whole(api.get("/api/v1/audit/export?area=post&file=json")))
        assert exported["id"] == found["id"]

    def test_it_refuses_filters_it_does_not_know(self, api: Client) -> None:
        for query in ("colour=red", "kind=nobody", "since=never", "file=exe"):
            assert api.get(f"/api/v1/audit/export?{query}").status_code == 422

    def test_an_editor_may_not(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="robot")
        api = Client(headers={"Authorization": f"Bearer {key}"})
        for rest in ("", "/export"):
            assert api.get(f"/api/v1/audit{rest}").status_code == 403
