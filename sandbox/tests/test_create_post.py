from collections.abc import Callable
from typing import Any

import pytest

from sandbox.testing import Control
from sandbox.tests.conftest import Caller

DUPLICATE = {
    "detail": "You are not allowed to create a Tweet with duplicate content.",
    "type": "about:blank",
    "title": "Forbidden",
    "status": 403,
}


class TestForm:
    @pytest.mark.parametrize(
        ("body", "complaint"),
        [
            ({"text": "a", "scheduled_at": "x"}, "$.scheduled_at: is not defined in the schema"),
            ({"text": 5}, "$.text: integer found, string expected"),
            ({"text": "a", "media": {"media_ids": []}}, "a minimum of 1 items"),
            ({"text": "a", "media": {"media_ids": ["1", "2", "3", "4", "5"]}}, "a maximum of 4 items"),
            ({"text": "a", "media": {"media_ids": [1]}}, "$.media.media_ids[0]: integer found, string expected"),
            ({"text": "a", "media": {}}, "$.media.media_ids: is missing but it is required"),
            ({"text": "a", "reply": {"in_reply_to_tweet_id": "abc"}}, "does not match the regex pattern"),
            ({"text": "a", "reply_settings": "everyone"}, "does not have a value in the enumeration"),
            ({"text": "a", "poll": {"options": ["x"], "duration_minutes": 5}}, "a minimum of 2 items"),
            ({"text": "a", "poll": {"options": ["x", "y" * 26], "duration_minutes": 5}}, "only be 25 characters"),
            ({"text": "a", "poll": {"options": ["x", "y"], "duration_minutes": 4}}, "a minimum value of 5"),
            ({"text": "a", "made_with_ai": "yes"}, "string found, boolean expected"),
            ({"text": "  "}, "Post must have text or media"),
            ({}, "Post must have text or media"),
            ([], "$: array found, object expected"),
        ],
    )
    def test_it_refuses_what_the_schema_does_not_allow(
        self, norre: Caller, control: Control, body: Any, complaint: str
    ) -> None:
        answer = norre.post("/2/tweets", json=body)
        assert answer.status_code == 400
        problem = answer.json()
        assert complaint in problem["errors"][0]["message"]
        assert problem["title"] == "Invalid Request"
        assert problem["detail"] == "One or more parameters to your request was invalid."
        assert problem["type"] == "https://api.x.com/2/problems/invalid-request"
        assert control.posts() == []

    def test_it_answers_with_string_ids_that_only_grow(self, norre: Caller) -> None:
        ids = [norre.said(f"number {n}") for n in range(5)]
        assert all(len(post_id) == 19 for post_id in ids)
        assert [int(post_id) for post_id in ids] == sorted({int(post_id) for post_id in ids})

    def test_it_names_the_edit_history_as_the_dialect_does(self, norre: Caller, control: Control) -> None:
        assert "edit_history_tweet_ids" in norre.say("old").json()["data"]
        control.settings(dialect="new")
        assert "edit_history_post_ids" in norre.say("new").json()["data"]

    def test_it_takes_a_poll_but_not_beside_media(self, norre: Caller, control: Control) -> None:
        poll = {"options": ["Tea", "Coffee"], "duration_minutes": 60}
        norre.said("Which?", poll=poll)
        assert control.posts()[0]["options"]["poll"] == poll
        assert norre.say("Which now?", poll=poll, media={"media_ids": ["1"]}).status_code == 400


class TestLength:
    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("x" * 280, 201),
            ("x" * 281, 403),
            ("日" * 140, 201),
            ("日" * 141, 403),
            ("x" * 256 + " https://example.com/" + "y" * 300, 201),
            ("x" * 257 + " https://example.com/", 403),
            ("👨‍👩‍👧‍👦" * 140, 201),
            ("👨‍👩‍👧‍👦" * 140 + "x", 403),
        ],
    )
    def test_it_counts_as_x_counts(self, norre: Caller, text: str, status: int) -> None:
        assert norre.say(text).status_code == status

    def test_a_premium_account_may_write_long(self, tomas: Caller) -> None:
        assert tomas.say("long " * 4000).status_code == 201
        refused = tomas.say("x" * 25_001)
        assert refused.status_code == 403
        assert refused.json()["detail"] == "You are not permitted to perform this action."

    def test_names_at_the_head_of_a_reply_do_not_count(self, norre: Caller, tomas: Caller) -> None:
        parent = norre.said("Hello @tomas_eriksen")
        maja_reply = {"in_reply_to_tweet_id": parent}
        assert norre.say("@tomas_eriksen " + "x" * 280, reply=maja_reply).status_code == 201


class TestRules:
    def test_it_refuses_the_same_words_again(self, norre: Caller, tomas: Caller, control: Control) -> None:
        norre.said("Once  only")
        again = norre.say("Once only ")
        assert (again.status_code, again.json()) == (403, DUPLICATE)
        tomas.said("Once only")
        assert len(control.posts()) == 2

    def test_the_same_words_are_fine_a_day_later_or_after_deletion(self, norre: Caller, control: Control) -> None:
        first = norre.said("Good morning")
        control.delete_post(first)
        norre.said("Good morning")
        control.advance(86401)
        fresh = Caller(control.url, control.tokens("norrestudio"))
        fresh.said("Good morning")

    def test_the_filter_can_be_switched_off(self, norre: Caller, control: Control) -> None:
        control.settings(duplicate_filter=False)
        norre.said("again")
        norre.said("again")

    def test_it_threads_own_replies(self, norre: Caller, control: Control) -> None:
        root = norre.said("one")
        second = norre.said("two", reply={"in_reply_to_tweet_id": root})
        norre.said("three", reply={"in_reply_to_tweet_id": second})
        posts = control.posts()
        assert [post["in_reply_to"] for post in posts] == [None, root, second]
        assert {post["conversation_id"] for post in posts} == {root}

    def test_it_refuses_to_reply_to_a_stranger_who_did_not_mention_us(self, norre: Caller, tomas: Caller) -> None:
        alone = tomas.said("Talking to myself")
        refused = norre.say("Well…", reply={"in_reply_to_tweet_id": alone})
        assert refused.status_code == 403
        assert refused.json()["detail"].startswith("Reply to this conversation is not allowed because")
        called = tomas.said("What do you think, @NorreStudio?")
        norre.said("Splendid", reply={"in_reply_to_tweet_id": called})

    def test_it_refuses_to_reply_to_what_is_gone(self, norre: Caller, control: Control) -> None:
        root = norre.said("Soon gone")
        control.delete_post(root)
        refused = norre.say("Where is it?", reply={"in_reply_to_tweet_id": root})
        assert refused.status_code == 403
        assert "deleted or not visible" in refused.json()["detail"]

    def test_a_parent_may_take_a_moment_to_be_known(self, norre: Caller, control: Control) -> None:
        control.settings(reply_delay_seconds=2)
        reply = {"in_reply_to_tweet_id": norre.said("root")}
        assert norre.say("too soon", reply=reply).status_code == 403
        control.advance(3)
        norre.said("now", reply=reply)

    def test_it_takes_one_cashtag_and_refuses_two(self, norre: Caller) -> None:
        norre.said("Buying $ACME for $20")
        assert norre.say("Buying $ACME and $OTHER").status_code == 403

    def test_quotes_are_not_for_self_serve_apps(self, norre: Caller) -> None:
        assert norre.say("look", quote_tweet_id="1").status_code == 403

    def test_only_premium_edits_and_the_edit_replaces(self, norre: Caller, tomas: Caller, control: Control) -> None:
        for author, status in ((norre, 403), (tomas, 201)):
            first = author.said("With a tpyo")
            assert author.say("With a typo", edit_options={"previous_post_id": first}).status_code == status
        texts = [post["text"] for post in tomas.timeline()["data"]]
        assert texts == ["With a typo"]


class TestDelete:
    def test_it_deletes_own_posts_only(self, norre: Caller, tomas: Caller, control: Control) -> None:
        post_id = norre.said("short-lived")
        assert tomas.session.delete(f"{tomas.api}/2/tweets/{post_id}", timeout=10).status_code == 403
        answer = norre.session.delete(f"{norre.api}/2/tweets/{post_id}", timeout=10)
        assert (answer.status_code, answer.json()) == (200, {"data": {"deleted": True}})
        assert norre.session.delete(f"{norre.api}/2/tweets/{post_id}", timeout=10).status_code == 404
        assert control.posts() == []


class TestCallers:
    def test_it_wants_a_token_that_lives(self, caller: Callable[..., Caller], control: Control) -> None:
        stranger = Caller(control.url, {"user_id": "1", "access_token": "made-up"})
        answer = stranger.say("hello")
        assert answer.status_code == 401
        assert answer.json()["detail"] == "Unauthorized"
        assert answer.headers["x-rate-limit-limit"] == "100"
