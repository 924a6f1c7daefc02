"""Posting schedules and the next free slot in the API."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.audit_models import AuditEntry
from accounts.roles import Role
from multivio import tenancy
from posts.tests.callers import caller, fields_and_codes
from posts.tests.factories import Cast, add_member, make_connection, make_user
from posts.tests.scheduling import due_times, give_schedule
from social.models import Connection

POSTS = "/api/v1/posts"
TUESDAY = {"slots": [{"weekday": 2, "time": "09:30"}, {"weekday": 2, "time": "08:00"}]}


@pytest.fixture
def account(cast: Cast) -> Connection:
    return make_connection(cast.workspace)


def address(account: Connection) -> str:
    return f"/api/v1/connections/{account.uid}/schedule"


class ScheduleTests:
    def test_it_is_read_and_replaced_in_order(self, api: APIClient, cast: Cast, account: Connection) -> None:
        first = api.get(address(account)).json()
        assert (first["zone"], len(first["slots"])) == ("Europe/Copenhagen", 5)
        done = api.put(address(account), TUESDAY)
        assert done.status_code == 200, done.content
        assert done.json()["slots"] == [{"weekday": 2, "time": "08:00"}, {"weekday": 2, "time": "09:30"}]
        assert done.json()["next_free_slot"].endswith("00Z")
        assert api.get(address(account))["ETag"] == done["ETag"]
        with tenancy.system("test"):
            (entry,) = AuditEntry.objects.filter(action="connection.schedule_set")
            assert (entry.workspace_id, entry.content["after"]["slots"]) == (
                cast.workspace.pk,
                ["Tue 08:00", "Tue 09:30"],
            )

    def test_what_somebody_changed_meanwhile_is_not_written_over(self, api: APIClient, account: Connection) -> None:
        read = api.get(address(account))["ETag"]
        assert api.put(address(account), TUESDAY, headers={"If-Match": read}).status_code == 200
        late = api.put(address(account), {"slots": []}, headers={"If-Match": read})
        assert (late.status_code, late.json()["code"]) == (412, "stale")
        assert len(api.get(address(account)).json()["slots"]) == 2

    def test_none_is_a_schedule_too(self, api: APIClient, account: Connection) -> None:
        answer = api.put(address(account), {"slots": []}).json()
        assert (answer["slots"], answer["next_free_slot"]) == ([], None)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "slots"),
            ({"slots": [{"weekday": 8, "time": "09:30"}]}, "slots.0.weekday"),
            ({"slots": [{"weekday": 1, "time": "9 h"}]}, "slots.0.time"),
            ({"slots": [{"weekday": 1, "time": "09:30", "zone": "UTC"}]}, "slots.0.zone"),
            ({"slots": [{"weekday": 1, "time": "09:30"}] * 101}, "slots"),
        ],
    )
    def test_it_says_what_is_wrong(self, api: APIClient, account: Connection, body: Any, field: str) -> None:
        answer = api.put(address(account), body)
        assert answer.status_code == 422
        assert fields_and_codes(answer)[0][0] == field

    def test_who_may_not_schedule_reads_it_only(self, cast: Cast, account: Connection) -> None:
        writer = make_user("Writer")
        add_member(cast.workspace, writer, Role.CONTRIBUTOR)
        api = caller(writer, cast.workspace)
        assert api.get(address(account)).status_code == 200
        assert api.put(address(account), TUESDAY).status_code == 403


class NextFreeSlotTests:
    def test_each_connection_gets_its_own_and_the_answer_says_which(
        self, api: APIClient, cast: Cast, account: Connection
    ) -> None:
        other = make_connection(cast.workspace)
        give_schedule(cast.alice, cast.workspace, other, "sat 11:00")
        body = {"text": "Hello", "connections": [str(account.uid), str(other.uid)], "next_free_slot": True}
        made = api.post(POSTS, body)
        assert made.status_code == 201, made.content
        plan, publications = made.json()["plan"], made.json()["publications"]
        assert (plan["publish_at"], plan["next_free_slot"]) == (None, True)
        assert plan["due_at"] == min(one["due_at"] for one in publications)
        assert len({one["due_at"] for one in publications}) == 2

    def test_changing_only_the_words_leaves_the_times(self, api: APIClient, account: Connection) -> None:
        body = {"text": "Hello", "connections": [str(account.uid)], "next_free_slot": True}
        made = api.post(POSTS, body).json()
        changed = api.patch(f"{POSTS}/{made['id']}", {"text": "Other words"})
        assert changed.json()["plan"] == made["plan"]
        assert api.patch(f"{POSTS}/{made['id']}", {"publish_at": None}).json()["plan"]["next_free_slot"] is False
        assert due_times(account) == [None]

    def test_only_one_plan_can_be_said(self, api: APIClient, account: Connection) -> None:
        body = {"text": "Hello", "connections": [str(account.uid)], "next_free_slot": True}
        for besides in ({"publish_now": True}, {"publish_at": "2027-12-01T09:30:00+01:00"}):
            answer = api.post(POSTS, {**body, **besides})
            assert (answer.status_code, fields_and_codes(answer)[0][1]) == (422, "exclusive")

    def test_validating_names_the_account_that_has_none(self, api: APIClient, cast: Cast, account: Connection) -> None:
        give_schedule(cast.alice, cast.workspace, account)
        body = {"text": "Hello", "connections": [str(account.uid)], "next_free_slot": True}
        verdict = api.post(f"{POSTS}/validate", body).json()
        assert [one["code"] for one in verdict["connections"][0]["problems"]] == ["no_free_slot"]
        assert fields_and_codes(api.post(POSTS, body)) == [("connections", "no_free_slot")]
