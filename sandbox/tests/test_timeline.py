import time
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.testing import Control
from sandbox.tests.conftest import Caller


def stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def ids(page: dict[str, Any]) -> list[str]:
    return [post["id"] for post in page.get("data", [])]


class TestOrderAndPages:
    def test_it_gives_the_newest_first_page_by_page(self, norre: Caller) -> None:
        made = [norre.said(f"number {n}") for n in range(12)]
        first = norre.timeline(max_results=5)
        second = norre.timeline(max_results=5, pagination_token=first["meta"]["next_token"])
        third = norre.timeline(max_results=5, pagination_token=second["meta"]["next_token"])
        assert ids(first) + ids(second) + ids(third) == made[::-1]
        assert "next_token" not in third["meta"]
        assert first["meta"]["newest_id"] == made[-1]
        assert first["meta"]["result_count"] == 5

    def test_it_is_empty_without_data(self, norre: Caller) -> None:
        assert norre.timeline() == {"meta": {"result_count": 0}}

    def test_it_keeps_to_ids_and_times(self, norre: Caller, control: Control) -> None:
        old = norre.said("old")
        control.advance(600)
        middle = norre.said("middle")
        new = norre.said("new")
        assert ids(norre.timeline(since_id=old)) == [new, middle]
        assert ids(norre.timeline(until_id=new)) == [middle, old]
        now = control.clock()["now"]
        assert ids(norre.timeline(start_time=stamp(now - 60))) == [new, middle]
        assert ids(norre.timeline(end_time=stamp(now - 60))) == [old]

    def test_start_time_includes_the_second_it_falls_in(self, norre: Caller) -> None:
        before = time.time()
        post_id = norre.said("in this second")
        assert ids(norre.timeline(start_time=stamp(before))) == [post_id]

    def test_it_leaves_out_replies_when_asked(self, norre: Caller) -> None:
        root = norre.said("root")
        norre.said("reply", reply={"in_reply_to_tweet_id": root})
        assert ids(norre.timeline(exclude="replies,retweets")) == [root]

    def test_it_leaves_out_what_was_deleted(self, norre: Caller, control: Control) -> None:
        control.delete_post(norre.said("gone"))
        assert ids(norre.timeline()) == []

    def test_it_shows_a_post_only_after_the_delay(self, norre: Caller, control: Control) -> None:
        control.settings(visibility_delay_seconds=30)
        post_id = norre.said("not yet")
        assert ids(norre.timeline()) == []
        assert "errors" in norre.get("/2/tweets", ids=post_id).json()
        control.advance(31)
        assert ids(norre.timeline()) == [post_id]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"max_results": 4},
            {"max_results": 101},
            {"start_time": "yesterday"},
            {"start_time": "2026-01-01T00:00:00"},
            {"since_id": "abc"},
            {"pagination_token": "!!"},
            {"exclude": "quotes"},
            {"tweet.fields": "created_at,mood"},
            {"limit": 5},
            {"post.fields": "created_at"},
        ],
    )
    def test_it_refuses_parameters_it_does_not_know(self, norre: Caller, wrong: dict[str, Any]) -> None:
        answer = norre.get(f"/2/users/{norre.user_id}/tweets", **wrong)
        assert answer.status_code == 400
        problem = answer.json()
        assert problem["type"] == "https://api.x.com/2/problems/invalid-request"
        assert next(iter(wrong)) in problem["errors"][0]["message"]

    def test_it_says_that_a_user_is_unknown(self, norre: Caller) -> None:
        answer = norre.get("/2/users/1/tweets")
        assert answer.status_code == 200
        assert answer.json()["errors"][0]["type"].endswith("/resource-not-found")


class TestText:
    def restored(self, post: dict[str, Any]) -> str:
        """The author's words, as a careful client gets them back."""
        text: str = post["text"]
        for link in post.get("entities", {}).get("urls", []):
            assert text.count(link["url"]) == 1
            text = text.replace(link["url"], "" if "media_key" in link else link["expanded_url"])
        return text.strip().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    @pytest.mark.parametrize(
        "text",
        [
            "Plain words",
            "Tea & <b>cake</b> &amp; more",
            "Read https://example.com/a?b=1&c=2 and https://example.com/d, today #tea",
            "日本語 👋 https://example.com/ü",
            "Line one\n\nLine two",
        ],
    )
    def test_it_wraps_links_and_escapes_so_that_the_words_can_be_restored(self, norre: Caller, text: str) -> None:
        created = norre.say(text).json()["data"]
        post = norre.timeline(**{"tweet.fields": "entities"})["data"][0]
        assert post["text"] == created["text"]
        assert self.restored(post) == text

    def test_entities_point_into_the_text(self, norre: Caller) -> None:
        norre.said("👋 <https://example.com/x> #tea @alma_lamps $ACME")
        post = norre.timeline(**{"tweet.fields": "entities"})["data"][0]
        text, entities = post["text"], post["entities"]
        link = entities["urls"][0]
        assert text[link["start"] : link["end"]] == link["url"]
        assert len(link["url"]) == 23
        for kind, key, mark in (("hashtags", "tag", "#"), ("mentions", "username", "@"), ("cashtags", "tag", "$")):
            found = entities[kind][0]
            assert text[found["start"] : found["end"]] == mark + found[key]

    def test_a_bare_domain_is_wrapped_and_comes_back_with_a_scheme(self, norre: Caller) -> None:
        norre.said("see example.com now")
        link = norre.timeline(**{"tweet.fields": "entities"})["data"][0]["entities"]["urls"][0]
        assert link["expanded_url"] == "http://example.com"

    def test_a_long_post_is_cut_and_its_note_is_whole(self, tomas: Caller, control: Control) -> None:
        words = "A long story about lamps & light. " * 30
        tomas.said(words)
        for dialect, fields, note in (("old", "tweet.fields", "note_tweet"), ("new", "post.fields", "note_post")):
            control.settings(dialect=dialect)
            post = tomas.timeline(**{fields: f"{note},entities"})["data"][0]
            assert len(self.restored(post)) < 320
            assert "… https://t.co/" in post["text"]
            assert post[note]["text"].replace("&amp;", "&") == words.strip()


class TestDialects:
    def test_the_old_one_gives_relations_as_fields(self, norre: Caller) -> None:
        root = norre.said("root")
        norre.said("reply", reply={"in_reply_to_tweet_id": root})
        fields = "author_id,referenced_tweets,in_reply_to_user_id,conversation_id,public_metrics"
        post = norre.timeline(**{"tweet.fields": fields})["data"][0]
        assert post["author_id"] == post["in_reply_to_user_id"] == norre.user_id
        assert post["referenced_tweets"] == [{"type": "replied_to", "id": root}]
        assert post["conversation_id"] == root
        assert post["edit_history_tweet_ids"] == [post["id"]]
        assert "retweet_count" in post["public_metrics"]

    def test_the_new_one_gives_them_by_expansion(self, norre: Caller, control: Control) -> None:
        control.settings(dialect="new")
        root = norre.said("root")
        norre.said("reply", reply={"in_reply_to_tweet_id": root})
        wished = {"post.fields": "public_metrics", "expansions": "author_id,referenced_posts"}
        page = norre.timeline(**wished)
        post = page["data"][0]
        assert post["referenced_posts"] == [{"type": "replied_to", "id": root}]
        assert page["includes"]["users"][0]["username"] == "norrestudio"
        assert page["includes"]["posts"][0]["id"] == root
        assert "repost_count" in post["public_metrics"]
        assert norre.get(f"/2/users/{norre.user_id}/tweets", **{"tweet.fields": "text"}).status_code == 400


class TestLookups:
    def test_it_tells_what_is_missing_beside_what_it_found(self, norre: Caller) -> None:
        post_id = norre.said("here")
        body = norre.get("/2/tweets", ids=f"{post_id},123").json()
        assert [post["id"] for post in body["data"]] == [post_id]
        assert body["errors"][0]["value"] == "123"

    def test_one_post_that_is_missing_is_an_error_with_200(self, norre: Caller) -> None:
        answer = norre.get("/2/tweets/123")
        assert answer.status_code == 200
        assert answer.json()["errors"][0]["detail"] == "Could not find tweet with id: [123]."

    def test_own_user_has_string_ids_and_the_tier(self, tomas: Caller) -> None:
        wished = "id,name,username,profile_image_url,verified,verified_type,subscription_type,public_metrics"
        user = tomas.get("/2/users/me", **{"user.fields": wished}).json()["data"]
        assert user["id"] == tomas.user_id
        assert user["subscription_type"] == "Premium"
        assert user["verified_type"] == "blue"
        assert set(user["public_metrics"]) == {"followers_count", "following_count", "tweet_count", "listed_count"}
        picture = tomas.session.get(user["profile_image_url"], timeout=10)
        large = tomas.session.get(user["profile_image_url"].replace("_normal", ""), timeout=10)
        assert picture.content.startswith(b"\x89PNG")
        assert len(large.content) > len(picture.content)


class TestMetrics:
    def test_they_grow_with_age_and_are_always_the_same(self, norre: Caller, control: Control) -> None:
        post_id = norre.said("watch me grow")
        series = []
        for _ in range(4):
            asked = {"ids": post_id, "tweet.fields": "public_metrics"}
            fresh = Caller(control.url, control.tokens("norrestudio"))
            metrics = fresh.get("/2/tweets", **asked).json()["data"][0]["public_metrics"]
            assert fresh.get("/2/tweets", **asked).json()["data"][0]["public_metrics"] == metrics
            series.append(metrics)
            control.advance(86400)
        views = [metrics["impression_count"] for metrics in series]
        assert views == sorted(views)
        assert views[0] < 20
        assert views[1] > 20
        assert all(metrics["like_count"] <= metrics["impression_count"] for metrics in series)

    def test_real_replies_count(self, norre: Caller) -> None:
        root = norre.said("root")
        norre.said("reply", reply={"in_reply_to_tweet_id": root})
        post = norre.get("/2/tweets", ids=root, **{"tweet.fields": "public_metrics"}).json()["data"][0]
        assert post["public_metrics"]["reply_count"] == 1

    def test_private_metrics_are_for_the_author_alone(self, norre: Caller, tomas: Caller) -> None:
        asked = {"ids": norre.said("mine"), "tweet.fields": "non_public_metrics"}
        assert "non_public_metrics" in norre.get("/2/tweets", **asked).json()["data"][0]
        assert "non_public_metrics" not in tomas.get("/2/tweets", **asked).json()["data"][0]

    def test_daily_analytics_add_up_to_the_total(self, norre: Caller, control: Control) -> None:
        post_id = norre.said("count me")
        start = control.clock()["now"]
        control.advance(3 * 86400)
        caller = Caller(control.url, control.tokens("norrestudio"))
        asked = {"ids": post_id, "start_time": stamp(start), "end_time": stamp(start + 3 * 86400)}
        asked["analytics.fields"] = "impressions,likes"
        total = caller.get("/2/tweets/analytics", granularity="total", **asked).json()["data"][0]
        daily = caller.get("/2/tweets/analytics", granularity="daily", **asked).json()["data"][0]
        parts = [part["metrics"]["impressions"] for part in daily["timestamped_metrics"]]
        assert len(parts) >= 3
        assert sum(parts) == total["impressions"] > 0
