"""Lists of posts and publications: pages, filters, and a constant number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from posts.content import Content, PartContent
from posts.schedule import WallTime
from posts.services import Plan, create_post
from posts.tests import outcomes
from posts.tests.callers import fields_and_codes
from posts.tests.factories import AT, DRAFT, NOW, Cast, acting, make_connection, make_media, make_post
from social.models import Connection

POSTS = "/api/v1/posts"
PUBLICATIONS = "/api/v1/publications"
YEAR = timezone.now().year + 1
# Not questions: the marks around transactions.
MARKS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


def at(day: int) -> Plan:
    return AT(WallTime(date(YEAR, 1, day), time(12), "UTC"))


def texts(answer: Any) -> list[str]:
    return [post["parts"][0]["text"] for post in answer.json()["results"]]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The queries that were asked inside."""
    asked: list[str] = []
    with CaptureQueriesContext(database) as captured:
        yield asked
    asked += [query["sql"] for query in captured if not query["sql"].startswith(MARKS)]


class PageTests:
    def test_the_newest_comes_first(self, api: APIClient, cast: Cast) -> None:
        for text in ("one", "two", "three"):
            make_post(cast.alice, cast.workspace, text=text)
        assert texts(api.get(POSTS)) == ["three", "two", "one"]

    def test_pages_follow_each_other_without_gap_or_repeat(self, api: APIClient, cast: Cast) -> None:
        for number in range(7):
            make_post(cast.alice, cast.workspace, text=str(number))
        seen: list[str] = []
        address = f"{POSTS}?limit=3"
        while address:
            answer = api.get(address)
            seen += texts(answer)
            address = answer.json()["next"]
        assert seen == [str(number) for number in reversed(range(7))]

    def test_what_is_added_meanwhile_does_not_shift_the_pages(self, api: APIClient, cast: Cast) -> None:
        for number in range(4):
            make_post(cast.alice, cast.workspace, text=str(number))
        first = api.get(f"{POSTS}?limit=2").json()
        make_post(cast.alice, cast.workspace, text="new")
        assert texts(api.get(first["next"])) == ["1", "0"]

    def test_a_page_links_back(self, api: APIClient, cast: Cast) -> None:
        for number in range(4):
            make_post(cast.alice, cast.workspace, text=str(number))
        second = api.get(api.get(f"{POSTS}?limit=2").json()["next"]).json()
        assert texts(api.get(second["previous"])) == ["3", "2"]

    @pytest.mark.parametrize("limit", ["0", "-1", "101", "ten", "", "1.5", "9" * 40, "²"])
    def test_a_limit_that_cannot_be_honoured_is_refused(self, api: APIClient, limit: str) -> None:
        assert fields_and_codes(api.get(POSTS, {"limit": limit})) == [("limit", "bad_limit")]

    def test_a_broken_cursor_is_refused(self, api: APIClient) -> None:
        assert api.get(f"{POSTS}?cursor=nonsense").status_code == 404


class FilterTests:
    @pytest.fixture
    def three(self, cast: Cast) -> dict[str, Any]:
        first, second = make_connection(cast.workspace), make_connection(cast.workspace)
        make_post(cast.alice, cast.workspace, first, text="draft", plan=DRAFT())
        make_post(cast.alice, cast.workspace, first, second, text="early", plan=at(1))
        make_post(cast.alice, cast.workspace, second, text="late", plan=at(20))
        return {"first": first.uid, "second": second.uid}

    def test_by_state(self, api: APIClient, three: dict[str, Any]) -> None:
        assert texts(api.get(f"{POSTS}?state=draft")) == ["draft"]
        assert texts(api.get(f"{POSTS}?state=scheduled")) == ["late", "early"]

    def test_by_connection(self, api: APIClient, three: dict[str, Any]) -> None:
        assert texts(api.get(POSTS, {"connection": three["first"]})) == ["early", "draft"]
        assert texts(api.get(POSTS, {"connection": three["second"]})) == ["late", "early"]

    def test_by_platform(self, api: APIClient, three: dict[str, Any]) -> None:
        assert len(texts(api.get(f"{POSTS}?platform=x"))) == 3
        assert texts(api.get(f"{POSTS}?platform=tiktok")) == []

    def test_by_time_the_end_is_not_in_it(self, api: APIClient, three: dict[str, Any]) -> None:
        noon = datetime(YEAR, 1, 20, 12, tzinfo=UTC).isoformat()
        assert texts(api.get(POSTS, {"due_after": noon})) == ["late"]
        assert texts(api.get(POSTS, {"due_before": noon})) == ["early"]

    def test_a_plus_that_arrives_as_a_space_is_understood(self, api: APIClient, three: dict[str, Any]) -> None:
        assert texts(api.get(f"{POSTS}?due_after={YEAR}-01-20T13:00:00+01:00")) == ["late"]

    def test_filters_are_kept_by_the_next_page(self, api: APIClient, three: dict[str, Any]) -> None:
        page = api.get(f"{POSTS}?state=scheduled&limit=1").json()
        assert texts(api.get(page["next"])) == ["early"]

    def test_publications_have_the_same_filters_and_their_post(
        self, api: APIClient, cast: Cast, three: dict[str, Any]
    ) -> None:
        def headlines(**filters: Any) -> list[str]:
            return [found["post"]["headline"] for found in api.get(PUBLICATIONS, filters).json()["results"]]

        assert sorted(headlines()) == ["draft", "early", "early", "late"]
        assert headlines(state="draft") == ["draft"]
        assert headlines(connection=three["second"]) == ["late", "early"]
        assert headlines(due_after=f"{YEAR}-01-02T00:00:00Z") == ["late"]
        post = api.get(f"{POSTS}?state=draft").json()["results"][0]["id"]
        assert headlines(post=post) == ["draft"]

    def test_publications_that_need_a_person_can_be_asked_for(self, api: APIClient, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        wanted = outcomes.needing_a_person(post)
        (found,) = api.get(f"{PUBLICATIONS}?state=needs_human").json()["results"]
        assert (found["id"], found["state_label"]) == (str(wanted.uid), "Needs you")

    REFUSED = [
        ("state=sent", "state", "invalid_choice"),
        ("platform=myspace", "platform", "invalid_choice"),
        ("connection=me", "connection", "invalid"),
        ("due_after=2030-01-01T00:00:00", "due_after", "naive_time"),
        ("due_before=tomorrow", "due_before", "bad_time"),
        ("stat=draft", "stat", "unknown_field"),
    ]

    @pytest.mark.parametrize(("query", "field", "code"), REFUSED)
    @pytest.mark.parametrize("place", [POSTS, PUBLICATIONS])
    def test_a_filter_that_means_nothing_is_refused(
        self, api: APIClient, place: str, query: str, field: str, code: str
    ) -> None:
        answer = api.get(f"{place}?{query}")
        assert answer.status_code == 422
        assert fields_and_codes(answer) == [(field, code)]


@pytest.mark.real_commits
class QueryTests:
    def fill(self, cast: Cast, posts: int) -> None:
        connections = [make_connection(cast.workspace) for _ in range(2)]
        with acting(cast.alice, cast.workspace) as actor:
            for number in range(posts):
                parts = tuple(PartContent(f"{number}.{part}", (make_media(cast.workspace).uid,)) for part in range(2))
                content = Content(parts, tuple(connection.uid for connection in connections))
                create_post(actor=actor, content=content, plan=at(1 + number))

    @pytest.mark.parametrize("place", [POSTS, PUBLICATIONS])
    def test_a_list_takes_at_most_six_queries_however_long_it_is(self, api: APIClient, cast: Cast, place: str) -> None:
        api.get(place)  # the first call of a key notes that it was used
        self.fill(cast, 1)
        with counted() as few:
            assert len(api.get(place).json()["results"]) >= 1
        self.fill(cast, 9)
        with counted() as many:
            assert len(api.get(place).json()["results"]) >= 10
        assert len(many) == len(few)
        assert len(many) <= 6, "\n".join(many)

    def test_filters_cost_no_further_query(self, api: APIClient, cast: Cast) -> None:
        self.fill(cast, 3)
        with acting(cast.alice, cast.workspace):
            uid = str(Connection.objects.values_list("uid", flat=True)[0])
        soon = (timezone.now() + timedelta(days=900)).strftime("%Y-%m-%dT00:00:00Z")
        filters = {"connection": uid, "platform": "x", "state": "scheduled", "due_before": soon}
        with counted() as asked:
            assert len(api.get(POSTS, filters).json()["results"]) == 3
        assert len(asked) <= 6, "\n".join(asked)
