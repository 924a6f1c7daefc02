"""Publish, cancel, retry and decide over the API, and how the result of each connection is told."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from posts.models import Attempt, Post, Publication
from posts.tests import outcomes
from posts.tests.callers import fields_and_codes
from posts.tests.factories import NOW, Cast, acting, make_connection, make_post

POSTS = "/api/v1/posts"
PUBLICATIONS = "/api/v1/publications"


@pytest.fixture
def queued(cast: Cast) -> Post:
    return make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())


def address(publication: Publication) -> str:
    return f"{PUBLICATIONS}/{publication.uid}"


class PublishTests:
    def test_a_draft_goes_out_now(self, api: APIClient, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        body = api.post(f"{POSTS}/{post.uid}/publish").json()
        assert (body["state"], body["publications"][0]["state"]) == ("scheduled", "scheduled")
        assert body["plan"]["due_at"]

    def test_a_failed_one_is_tried_again(self, api: APIClient, queued: Post) -> None:
        outcomes.refused(queued)
        body = api.post(f"{POSTS}/{queued.uid}/publish").json()
        assert (body["state"], body["publications"][0]["error"]) == ("scheduled", None)

    def test_a_published_post_has_nothing_left(self, api: APIClient, queued: Post) -> None:
        outcomes.public(queued)
        answer = api.post(f"{POSTS}/{queued.uid}/publish")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    def test_a_draft_that_the_platform_would_refuse_stays_a_draft(self, api: APIClient, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), text="x" * 300)
        assert fields_and_codes(api.post(f"{POSTS}/{post.uid}/publish")) == [("text", "too_long")]
        assert api.get(f"{POSTS}/{post.uid}").json()["state"] == "draft"

    @pytest.mark.parametrize("action", ["publish", "cancel"])
    def test_it_takes_no_fields(self, api: APIClient, queued: Post, action: str) -> None:
        answer = api.post(f"{POSTS}/{queued.uid}/{action}", {"at": "noon"})
        assert fields_and_codes(answer) == [("at", "unknown_field")]


class CancelTests:
    def test_a_waiting_post_is_taken_out_of_the_queue(self, api: APIClient, queued: Post) -> None:
        body = api.post(f"{POSTS}/{queued.uid}/cancel").json()
        assert (body["state"], body["publications"][0]["state"]) == ("cancelled", "cancelled")

    def test_twice_is_once(self, api: APIClient, queued: Post) -> None:
        api.post(f"{POSTS}/{queued.uid}/cancel")
        assert api.post(f"{POSTS}/{queued.uid}/cancel").json()["state"] == "cancelled"

    def test_one_that_a_worker_holds_is_asked_to_stop(self, api: APIClient, cast: Cast, queued: Post) -> None:
        publication = outcomes.claimed(queued)
        assert api.post(f"{POSTS}/{queued.uid}/cancel").status_code == 200
        with acting(cast.alice, cast.workspace):
            assert Publication.objects.get(pk=publication.pk).cancel_requested

    def test_a_published_one_stays_published(self, api: APIClient, queued: Post) -> None:
        publication = outcomes.public(queued)
        for place in (f"{POSTS}/{queued.uid}/cancel", f"{address(publication)}/cancel"):
            answer = api.post(place)
            assert answer.status_code == 409
            assert "already published" in answer.json()["detail"]

    def test_one_publication_alone(self, api: APIClient, cast: Cast) -> None:
        first, second = make_connection(cast.workspace), make_connection(cast.workspace)
        post = make_post(cast.alice, cast.workspace, first, second, plan=NOW())
        chosen = api.get(f"{POSTS}/{post.uid}").json()["publications"][0]["id"]
        assert api.post(f"{PUBLICATIONS}/{chosen}/cancel").json()["state"] == "cancelled"
        states = [p["state"] for p in api.get(f"{POSTS}/{post.uid}").json()["publications"]]
        assert sorted(states) == ["cancelled", "scheduled"]


class RetryTests:
    def test_a_failed_one_goes_back_to_the_queue(self, api: APIClient, queued: Post) -> None:
        body = api.post(f"{address(outcomes.refused(queued))}/retry").json()
        assert (body["state"], body["error"]) == ("scheduled", None)
        assert [attempt["status"] for attempt in body["attempts"]] == ["refused"]

    def test_a_held_one_goes_out(self, api: APIClient, queued: Post) -> None:
        assert api.post(f"{address(outcomes.held(queued))}/retry").json()["state"] == "scheduled"

    @pytest.mark.parametrize("reach", [outcomes.public, outcomes.sending, outcomes.unknown, outcomes.needing_a_person])
    def test_what_may_be_public_is_never_sent_again_by_retry(self, api: APIClient, queued: Post, reach: Any) -> None:
        publication = reach(queued)
        assert api.post(f"{address(publication)}/retry").status_code == 409
        assert outcomes.publication_of(queued).state == publication.state


class DecideTests:
    LINK = "https://x.com/norrestudio/status/1860000000000000001"

    def test_it_is_there_with_its_link(self, api: APIClient, queued: Post) -> None:
        publication = outcomes.needing_a_person(queued)
        body = api.post(f"{address(publication)}/decide", {"there": True, "link": self.LINK}).json()
        assert (body["state"], body["remote_url"]) == ("published", self.LINK)
        assert body["remote_id"] == "1860000000000000001"
        assert body["attempts"][-1]["sentence"] == "Alice found it on the platform."

    def test_it_is_there_without_a_link(self, api: APIClient, queued: Post) -> None:
        body = api.post(f"{address(outcomes.needing_a_person(queued))}/decide", {"there": True}).json()
        assert (body["state"], body["remote_id"]) == ("published", None)

    def test_it_is_not_there_and_goes_out_again(self, api: APIClient, cast: Cast, queued: Post) -> None:
        body = api.post(f"{address(outcomes.needing_a_person(queued))}/decide", {"there": False}).json()
        assert (body["state"], body["error"]) == ("scheduled", None)
        with acting(cast.alice, cast.workspace):
            assert Attempt.objects.get().disproved_by == cast.alice

    REFUSED: list[tuple[Any, str, str]] = [
        ({}, "there", "required"),
        ({"there": "yes"}, "there", "not_boolean"),
        ({"there": False, "link": LINK}, "link", "exclusive"),
        ({"there": True, "link": "javascript:alert(1860000000000000001)"}, "link", "bad_link"),
        ({"there": True, "link": "https://x.com/" + "1" * 700}, "link", "max_length"),
        ({"there": True, "because": "I say so"}, "because", "unknown_field"),
    ]

    @pytest.mark.parametrize(("sent", "field", "code"), REFUSED, ids=lambda value: str(value)[:40])
    def test_an_unclear_answer_decides_nothing(
        self, api: APIClient, queued: Post, sent: Any, field: str, code: str
    ) -> None:
        publication = outcomes.needing_a_person(queued)
        assert fields_and_codes(api.post(f"{address(publication)}/decide", sent)) == [(field, code)]
        assert outcomes.publication_of(queued).state == "needs_human"

    @pytest.mark.parametrize("reach", [outcomes.public, outcomes.unknown, outcomes.refused, outcomes.claimed])
    def test_there_is_nothing_to_decide_in_any_other_state(self, api: APIClient, queued: Post, reach: Any) -> None:
        publication = reach(queued)
        for there in (True, False):
            assert api.post(f"{address(publication)}/decide", {"there": there}).status_code == 409
        assert outcomes.publication_of(queued).state == publication.state


class ResultTests:
    def test_a_published_one_names_its_address(self, api: APIClient, queued: Post) -> None:
        publication = outcomes.public(queued)
        body = api.get(f"{POSTS}/{queued.uid}").json()
        (shown,) = body["publications"]
        assert body["state"] == shown["state"] == "published"
        assert (shown["remote_id"], shown["remote_url"]) == (publication.remote_id, publication.remote_url)
        assert shown["finished_at"]

    def test_a_failure_says_what_and_what_next(self, api: APIClient, queued: Post) -> None:
        body = api.get(address(outcomes.refused(queued))).json()
        assert body["error"] == {
            "code": "not_allowed",
            "sentence": "X does not allow this post.",
            "next_step": "Change the text and retry.",
        }
        (attempt,) = body["attempts"]
        assert (attempt["step"], attempt["status"], attempt["http_status"]) == ("commit:1", "refused", 403)
        assert attempt["sentence"] == "X does not allow this post."
        assert attempt["seconds"] >= 0
        assert set(attempt) == {
            "step", "status", "started_at", "finished_at", "seconds", "http_status", "code", "sentence", "remote_url",
        }  # fmt: skip

    def test_a_thread_that_stopped_half_way_is_partly_published_and_never_complete(
        self, api: APIClient, cast: Cast
    ) -> None:
        connection = make_connection(cast.workspace)
        post = make_post(cast.alice, cast.workspace, connection, parts=("One", "Two"), plan=NOW())
        outcomes.public(post, step=1)
        outcomes.refused(post, step=2)
        body = api.get(f"{POSTS}/{post.uid}").json()
        (shown,) = body["publications"]
        assert (body["state"], body["state_label"]) == ("partly", "Partly published")
        assert (shown["state"], shown["committed"], shown["commits"]) == ("failed", 1, 2)

    def test_one_failed_connection_keeps_the_post_from_being_published(self, api: APIClient, cast: Cast) -> None:
        first, second = make_connection(cast.workspace), make_connection(cast.workspace)
        post = make_post(cast.alice, cast.workspace, first, second, plan=NOW())
        with acting(cast.alice, cast.workspace):
            Publication.objects.filter(connection=second).update(state="cancelled")
        assert api.get(f"{POSTS}/{post.uid}").json()["state"] == "scheduled"

    def test_no_secret_of_the_connection_is_shown(self, api: APIClient, cast: Cast) -> None:
        connection = make_connection(cast.workspace, access_token="very-secret-token")
        post = make_post(cast.alice, cast.workspace, connection, plan=NOW())
        outcomes.refused(post)
        for place in (f"{POSTS}/{post.uid}", POSTS, PUBLICATIONS, address(outcomes.publication_of(post))):
            shown = api.get(place).content.decode()
            assert "very-secret-token" not in shown
            assert "raw answer" not in shown
