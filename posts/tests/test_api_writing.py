"""POST /api/v1/posts: what is taken, what is refused, and that a refusal leaves nothing behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from posts.models import Media, Post, Publication
from posts.tests.callers import NO_PLAN, fields_and_codes
from posts.tests.factories import Cast, acting, make_connection, make_media

POSTS = "/api/v1/posts"


def stored(cast: Cast) -> list[Post]:
    with acting(cast.alice, cast.workspace):
        return list(Post.objects.order_by("id"))


class DraftTests:
    def test_a_text_alone_is_a_draft(self, api: APIClient, cast: Cast) -> None:
        answer = api.post(POSTS, {"text": "  Alma ships\n"})
        assert answer.status_code == 201
        body = answer.json()
        assert (body["state"], body["version"], body["publications"]) == ("draft", 1, [])
        assert body["parts"] == [{"text": "  Alma ships\n", "media": []}]
        assert body["plan"] == NO_PLAN
        assert body["author"] == {"name": "Alice"}
        assert answer.headers["ETag"] == '"1"'
        assert api.get(answer.headers["Location"]).json() == body

    def test_a_draft_may_be_too_long_for_its_platform(self, api: APIClient, cast: Cast) -> None:
        connection = make_connection(cast.workspace)
        body = api.post(POSTS, {"text": "x" * 500, "connections": [str(connection.uid)]}).json()
        assert [p["state"] for p in body["publications"]] == ["draft"]

    def test_parts_make_a_thread_with_media_where_they_were_put(self, api: APIClient, cast: Cast) -> None:
        first, second = make_media(cast.workspace), make_media(cast.workspace, alt_text="A lamp")
        parts = [{"text": "One", "media": [str(first.uid)]}, {"text": "Two"}, {"media": [str(second.uid)]}]
        body = api.post(POSTS, {"parts": parts}).json()
        shown = [(part["text"], [item["id"] for item in part["media"]]) for part in body["parts"]]
        assert shown == [("One", [str(first.uid)]), ("Two", []), ("", [str(second.uid)])]
        assert body["parts"][2]["media"] == [{"id": str(second.uid), "kind": "image", "alt_text": "A lamp"}]

    def test_the_same_connection_named_twice_is_one_publication(self, api: APIClient, cast: Cast) -> None:
        uid = str(make_connection(cast.workspace).uid)
        assert len(api.post(POSTS, {"text": "Hi", "connections": [uid, uid]}).json()["publications"]) == 1


class NowTests:
    def test_it_is_queued_at_once_on_every_connection(self, api: APIClient, cast: Cast) -> None:
        connections = [make_connection(cast.workspace), make_connection(cast.workspace)]
        before = timezone.now() - timedelta(seconds=1)
        sent = {"text": "Hi", "connections": [str(c.uid) for c in connections], "publish_now": True}
        body = api.post(POSTS, sent).json()
        assert body["state"] == "scheduled"
        assert body["plan"]["publish_at"] is None
        assert {p["connection"]["id"] for p in body["publications"]} == {str(c.uid) for c in connections}
        with acting(cast.alice, cast.workspace):
            for publication in Publication.objects.all():
                assert publication.priority == Publication.NOW
                assert publication.due_at is not None
                assert before < publication.due_at <= timezone.now()

    def test_a_publication_tells_everything_about_itself(self, api: APIClient, cast: Cast) -> None:
        connection = make_connection(cast.workspace, username="norre", name="Norre")
        sent = {"text": "Hi", "connections": [str(connection.uid)], "publish_now": True}
        (publication,) = api.post(POSTS, sent).json()["publications"]
        assert publication.pop("id")
        assert publication.pop("due_at")
        assert publication == {
            "connection": {"id": str(connection.uid), "platform": "x", "username": "norre", "name": "Norre"},
            "texts": None,
            "options": {},
            "state": "scheduled",
            "state_label": "Scheduled",
            "remote_id": None,
            "remote_url": "",
            "committed": 0,
            "commits": 1,
            "error": None,
            "finished_at": None,
            "deletion": None,
            "metrics": None,
            "metrics_kept_back": False,
            "gone_at": None,
        }


REFUSED: list[tuple[Any, str, str]] = [
    ({}, "text", "empty"),
    ({"text": "   "}, "text", "empty"),
    ({"text": 5}, "text", "not_text"),
    ({"text": None}, "text", "null"),
    ({"text": ["a"]}, "text", "not_text"),
    ({"text": "a\x00b"}, "text", "null_characters_not_allowed"),
    ({"text": "Hi", "when": "soon"}, "when", "unknown_field"),
    ({"text": "Hi", "media": "x"}, "media", "not_a_list"),
    ({"text": "Hi", "media": ["x"]}, "media.0", "invalid"),
    ({"text": "Hi", "media": ["01a2058d-cdda-7379-b290-8a89f06943bc"]}, "media.0", "unknown_media"),
    ({"text": "Hi", "connections": ["01a2058d-cdda-7379-b290-8a89f06943bc"]}, "connections.0", "unknown_connection"),
    ({"text": "Hi", "connections": {"x": 1}}, "connections", "not_a_list"),
    ({"text": "Hi", "connections": ["01a2058d-cdda-7379-b290-8a89f06943bc"] * 101}, "connections", "max_length"),
    ({"parts": "Hi"}, "parts", "not_a_list"),
    ({"parts": []}, "parts", "empty"),
    ({"parts": ["Hi"]}, "parts.0", "invalid"),
    ({"parts": [{"text": "Hi"}, {"txt": "Ho"}]}, "parts.1.txt", "unknown_field"),
    ({"parts": [{"text": "Hi"}] * 26}, "parts", "too_many_parts"),
    ({"parts": [{"text": "Hi"}], "text": "Ho"}, "parts", "exclusive"),
    ({"parts": [{"text": "Hi"}], "media": []}, "parts", "exclusive"),
    ({"text": "Hi", "publish_now": "true"}, "publish_now", "not_boolean"),
    ({"text": "Hi", "publish_now": 1}, "publish_now", "not_boolean"),
    ({"text": "Hi", "publish_now": True}, "connections", "no_connection"),
    ({"text": "x" * 25_001}, "text", "too_long"),
    (["text"], "", "invalid"),
    ("Hi", "", "invalid"),
]


class RefusalTests:
    @pytest.mark.parametrize(("sent", "field", "code"), REFUSED, ids=lambda value: str(value)[:60])
    def test_it_names_the_field_and_stores_nothing(
        self, api: APIClient, cast: Cast, sent: Any, field: str, code: str
    ) -> None:
        answer = api.post(POSTS, sent)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (field, code) in fields_and_codes(answer)
        assert answer.json()["detail"]
        assert stored(cast) == []

    def test_a_picture_may_not_be_attached_twice(self, api: APIClient, cast: Cast) -> None:
        uid = str(make_media(cast.workspace).uid)
        assert fields_and_codes(api.post(POSTS, {"text": "Hi", "media": [uid, uid]})) == [("media", "twice")]

    def test_now_and_a_time_exclude_each_other(self, api: APIClient, cast: Cast) -> None:
        sent = {"text": "Hi", "publish_now": True, "publish_at": "2027-01-01T00:00:00Z"}
        assert fields_and_codes(api.post(POSTS, sent)) == [("publish_at", "exclusive")]

    def test_what_a_platform_would_refuse_is_refused_before_with_its_connection(
        self, api: APIClient, cast: Cast
    ) -> None:
        connection = make_connection(cast.workspace)
        answer = api.post(POSTS, {"text": "x" * 281, "connections": [str(connection.uid)], "publish_now": True})
        (found,) = answer.json()["errors"]
        assert (found["field"], found["code"], found["connection"]) == ("text", "too_long", str(connection.uid))
        assert stored(cast) == []

    def test_one_connection_that_cannot_take_it_stops_all(self, api: APIClient, cast: Cast) -> None:
        good, broken = make_connection(cast.workspace), make_connection(cast.workspace, health="broken")
        sent = {"text": "Hi", "connections": [str(good.uid), str(broken.uid)], "publish_now": True}
        answer = api.post(POSTS, sent)
        assert answer.json()["code"] == "broken_connection"
        assert answer.json()["errors"][0]["connection"] == str(broken.uid)
        assert stored(cast) == []

    def test_media_of_another_workspace_does_not_exist(self, api: APIClient, cast: Cast) -> None:
        foreign = make_media(cast.elsewhere)
        answer = api.post(POSTS, {"text": "Hi", "media": [str(foreign.uid)]})
        assert fields_and_codes(answer) == [("media.0", "unknown_media")]

    def test_a_connection_of_another_workspace_does_not_exist(self, api: APIClient, cast: Cast) -> None:
        foreign = make_connection(cast.elsewhere)
        answer = api.post(POSTS, {"text": "Hi", "connections": [str(foreign.uid)], "publish_now": True})
        assert fields_and_codes(answer) == [("connections.0", "unknown_connection")]


def test_media_is_not_touched_by_a_refused_post(api: APIClient, cast: Cast) -> None:
    media = make_media(cast.workspace)
    api.post(POSTS, {"text": "Hi", "media": [str(media.uid)], "publish_now": True})
    with acting(cast.alice, cast.workspace):
        assert Media.objects.get().uses.count() == 0
