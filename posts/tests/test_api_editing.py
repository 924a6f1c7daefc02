"""PATCH changes what is sent, PUT replaces all of it, DELETE takes drafts; If-Match protects what somebody else wrote."""

from datetime import date, time
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from posts.models import Post
from posts.schedule import WallTime
from posts.tests import outcomes
from posts.tests.callers import NO_PLAN, fields_and_codes
from posts.tests.factories import AT, DRAFT, NOW, Cast, acting, make_connection, make_media, make_post

POSTS = "/api/v1/posts"
WALL = WallTime(date(timezone.now().year + 1, 1, 15), time(9, 30), "Europe/Copenhagen")
SAID = {"date": WALL.on.isoformat(), "time": "09:30", "zone": "Europe/Copenhagen", "fold": 0}


@pytest.fixture
def planned(cast: Cast) -> Post:
    """A thread of two parts, for one connection, at a clock time."""
    connection = make_connection(cast.workspace)
    return make_post(cast.alice, cast.workspace, connection, parts=("One", "Two"), plan=AT(WALL))


def address(post: Post) -> str:
    return f"{POSTS}/{post.uid}"


def texts(body: dict[str, Any]) -> list[str]:
    return [part["text"] for part in body["parts"]]


class PatchTests:
    def test_a_text_alone_changes_the_first_part_and_nothing_else(self, api: APIClient, planned: Post) -> None:
        before = api.get(address(planned)).json()
        answer = api.patch(address(planned), {"text": "Another"})
        assert answer.status_code == 200
        body = answer.json()
        assert texts(body) == ["Another", "Two"]
        assert (body["state"], body["plan"]) == ("scheduled", before["plan"])
        assert [p["id"] for p in body["publications"]] == [p["id"] for p in before["publications"]]
        assert (body["version"], answer.headers["ETag"]) == (2, '"2"')

    def test_media_alone_leaves_the_text(self, api: APIClient, cast: Cast, planned: Post) -> None:
        media = str(make_media(cast.workspace).uid)
        body = api.patch(address(planned), {"media": [media]}).json()
        assert texts(body) == ["One", "Two"]
        assert [[item["id"] for item in part["media"]] for part in body["parts"]] == [[media], []]

    def test_parts_replace_all_parts(self, api: APIClient, planned: Post) -> None:
        body = api.patch(address(planned), {"parts": [{"text": "Only"}]}).json()
        assert texts(body) == ["Only"]
        assert body["publications"][0]["commits"] == 1

    def test_connections_are_replaced(self, api: APIClient, cast: Cast, planned: Post) -> None:
        other = str(make_connection(cast.workspace).uid)
        body = api.patch(address(planned), {"connections": [other]}).json()
        assert [p["connection"]["id"] for p in body["publications"]] == [other]
        assert body["state"] == "scheduled"

    def test_a_new_time_moves_every_publication(self, api: APIClient, planned: Post) -> None:
        body = api.patch(address(planned), {"publish_at": {**SAID, "time": "11:00"}}).json()
        assert body["plan"]["publish_at"]["time"] == "11:00"
        assert body["publications"][0]["due_at"] == body["plan"]["due_at"]

    def test_null_takes_it_back_to_a_draft(self, api: APIClient, planned: Post) -> None:
        body = api.patch(address(planned), {"publish_at": None}).json()
        assert (body["state"], body["plan"]) == ("draft", NO_PLAN)

    def test_an_empty_change_changes_nothing_but_the_version(self, api: APIClient, planned: Post) -> None:
        before = api.get(address(planned)).json()
        body = api.patch(address(planned), {}).json()
        assert (texts(body), body["plan"], body["state"]) == (texts(before), before["plan"], "scheduled")

    def test_one_that_is_queued_for_now_stays_queued_for_now(self, api: APIClient, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        body = api.patch(address(post), {"text": "Better"}).json()
        assert (body["state"], body["plan"]["publish_at"]) == ("scheduled", None)

    def test_another_text_does_not_wake_a_cancelled_post(self, api: APIClient, planned: Post) -> None:
        api.post(f"{address(planned)}/cancel")
        body = api.patch(address(planned), {"text": "Quiet"}).json()
        assert body["state"] == "draft"
        assert [p["state"] for p in body["publications"]] == ["draft"]

    def test_one_that_missed_its_time_asks_for_another(self, api: APIClient, cast: Cast, planned: Post) -> None:
        outcomes.held(planned)
        with acting(cast.alice, cast.workspace):
            due = WallTime(date(2025, 1, 1), time(9, 30), "UTC")
            Post.objects.filter(pk=planned.pk).update(
                planned_on=due.on, planned_time=due.at, zone="UTC", due_at=due.instant()
            )
        assert fields_and_codes(api.patch(address(planned), {"text": "Late"})) == [("publish_at.time", "past_time")]

    @pytest.mark.parametrize("sent", [{"text": 1}, {"state": "published"}, {"version": 9}, {"author": "me"}])
    def test_a_refused_change_changes_nothing(self, api: APIClient, planned: Post, sent: dict[str, Any]) -> None:
        before = api.get(address(planned)).json()
        assert api.patch(address(planned), sent).status_code == 422
        assert api.get(address(planned)).json() == before


class PutTests:
    def test_what_is_left_out_is_emptied(self, api: APIClient, planned: Post) -> None:
        body = api.put(address(planned), {"text": "All new"}).json()
        assert texts(body) == ["All new"]
        assert (body["state"], body["publications"], body["plan"]["due_at"]) == ("draft", [], None)

    def test_it_can_plan_as_well(self, api: APIClient, cast: Cast, planned: Post) -> None:
        other = str(make_connection(cast.workspace).uid)
        body = api.put(address(planned), {"text": "New", "connections": [other], "publish_at": SAID}).json()
        assert (body["state"], body["plan"]["publish_at"]) == ("scheduled", SAID)

    def test_nothing_at_all_is_refused(self, api: APIClient, planned: Post) -> None:
        assert fields_and_codes(api.put(address(planned), {})) == [("text", "empty")]
        assert texts(api.get(address(planned)).json()) == ["One", "Two"]


class IfMatchTests:
    @pytest.mark.parametrize("header", ['"1"', "*", '"7", "1"'])
    def test_the_version_that_was_read_may_be_changed(self, api: APIClient, planned: Post, header: str) -> None:
        assert api.patch(address(planned), {"text": "Mine"}, HTTP_IF_MATCH=header).status_code == 200

    @pytest.mark.parametrize("header", ['"2"', "1", 'W/"1"', "", "nonsense"])
    @pytest.mark.parametrize("method", ["patch", "put", "delete"])
    def test_another_version_is_not_touched(self, api: APIClient, planned: Post, method: str, header: str) -> None:
        before = api.get(address(planned)).json()
        answer = getattr(api, method)(address(planned), {"text": "Mine"}, HTTP_IF_MATCH=header)
        assert (answer.status_code, answer.json()["code"]) == (412, "stale")
        assert api.get(address(planned)).json() == before

    def test_the_second_of_two_editors_is_told(self, api: APIClient, planned: Post) -> None:
        tag = api.get(address(planned)).headers["ETag"]
        assert api.patch(address(planned), {"text": "First"}, HTTP_IF_MATCH=tag).status_code == 200
        assert api.patch(address(planned), {"text": "Second"}, HTTP_IF_MATCH=tag).status_code == 412
        assert texts(api.get(address(planned)).json())[0] == "First"

    def test_without_it_the_last_word_counts(self, api: APIClient, planned: Post) -> None:
        assert api.patch(address(planned), {"text": "First"}).status_code == 200
        assert api.patch(address(planned), {"text": "Second"}).status_code == 200


class TooLateTests:
    @pytest.mark.parametrize("reach", [outcomes.claimed, outcomes.sending, outcomes.public, outcomes.unknown])
    @pytest.mark.parametrize("method", ["patch", "put"])
    def test_what_is_being_sent_can_no_longer_be_changed(
        self, api: APIClient, cast: Cast, method: str, reach: Any
    ) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        reach(post)
        before = api.get(address(post)).json()
        answer = getattr(api, method)(address(post), {"text": "Too late"})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert api.get(address(post)).json() == before


class DeleteTests:
    def test_a_draft_goes(self, api: APIClient, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=DRAFT())
        assert api.delete(address(post)).status_code == 204
        assert api.get(address(post)).status_code == 404

    def test_a_scheduled_post_is_cancelled_first(self, api: APIClient, planned: Post) -> None:
        assert api.delete(address(planned)).status_code == 409
        assert api.post(f"{address(planned)}/cancel").status_code == 200
        assert api.delete(address(planned)).status_code == 204

    @pytest.mark.parametrize("reach", [outcomes.refused, outcomes.public, outcomes.needing_a_person])
    def test_what_was_sent_keeps_its_history(self, api: APIClient, cast: Cast, reach: Any) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        reach(post)
        assert api.delete(address(post)).status_code == 409
        assert api.get(address(post)).status_code == 200
