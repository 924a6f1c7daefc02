"""Versions to choose between: which stands in which post, and which did better."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Workspace
from ai.models import Generation
from multivio import tenancy
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Post, Publication
from posts.tests.factories import Cast, acting, make_connection, make_post
from posts.tests.pages import browser, put_into, text_of
from posts.words import versions
from posts.words.comparing import Tally, better, closest
from posts.words.models import GenerationUse
from posts.words.services import remember
from social.models import Connection

LAMP = "A lamp that waits for dusk. It turns itself on."
ROOM = "Your room deserves softer evenings, starting tonight."


def write(workspace: Workspace, choice: UUID | None, text: str) -> Generation:
    with tenancy.system("test"):
        return Generation.objects.create(
            workspace=workspace,
            task="generate",
            prompt_version=1,
            prompt_hash="",
            credits=1,
            text=text,
            choice=choice,
            state="done",
        )


def pair(workspace: Workspace) -> tuple[Generation, Generation]:
    choice = uuid4()
    return write(workspace, choice, LAMP), write(workspace, choice, ROOM)


def publish(cast: Cast, account: Connection, text: str, *used: Generation, **numbers: int) -> Publication:
    post = make_post(cast.alice, cast.workspace, account, text=text)
    use(cast, post, *used)
    publication = put_into(post, "published")
    if numbers:
        count(publication, **numbers)
    return publication


def use(cast: Cast, post: Post, *used: Generation) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        remember(actor=actor, post=post, uids=[str(each.uid) for each in used])


def count(publication: Publication, **numbers: int) -> None:
    with tenancy.system("test"):
        reading = MetricsReading.objects.create(
            workspace_id=publication.workspace_id, publication=publication, **numbers
        )
        MetricsWatch.objects.update_or_create(
            publication=publication,
            defaults={"workspace_id": publication.workspace_id, "published_at": timezone.now(), "latest": reading},
        )


@pytest.fixture
def account(cast: Cast) -> Connection:
    return make_connection(cast.workspace)


@pytest.fixture
def told(cast: Cast) -> Callable[[], list[str]]:
    """The findings about the newest question."""

    def ask() -> list[str]:
        with tenancy.system("test"):
            return versions.comparisons(cast.workspace, list(versions.choices(cast.workspace)[:1]))[0].findings

    return ask


class ArithmeticTests:
    @pytest.mark.parametrize(
        ("one", "other", "verdict"),
        [
            (Tally(1000, 60), Tally(1000, 30), 1),
            (Tally(1000, 30), Tally(1000, 60), -1),
            (Tally(1000, 42), Tally(1000, 40), 0),
            (Tally(99, 90), Tally(1000, 1), None),  # too few saw it
            (Tally(1000, 1), Tally(0, 0), None),
            (Tally(200, 0), Tally(300, 0), 0),
            (Tally(100, 250), Tally(100, 100), 0),  # more reactions than people
        ],
    )
    def test_nothing_is_called_better_that_may_be_chance(self, one: Tally, other: Tally, verdict: int | None) -> None:
        assert better(one, other) == verdict
        assert better(other, one) == (verdict if verdict is None else -verdict)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (LAMP, 0),
            (ROOM, 1),
            (f"{ROOM} #lamp", 1),
            ("It turns itself on at dusk!", 0),
            ("Something else", None),
            ("", None),
        ],
    )
    def test_a_text_is_told_by_the_words_it_shares(self, text: str, found: int | None) -> None:
        assert closest(text, [LAMP, ROOM]) == found

    def test_words_that_are_forgotten_are_close_to_nothing(self) -> None:
        assert closest(LAMP, ["", ""]) is None


class UseTests:
    def test_of_two_in_one_form_the_one_in_the_text_is_used(self, cast: Cast, account: Connection) -> None:
        one, other = pair(cast.workspace)
        post = make_post(cast.alice, cast.workspace, account, text=ROOM)
        use(cast, post, one, other)
        with tenancy.system("test"):
            assert [each.generation_id for each in GenerationUse.objects.all()] == [other.pk]
            assert dict(Generation.objects.values_list("pk", "taken")) == {one.pk: False, other.pk: True}

    def test_a_version_that_another_took_the_place_of_is_used_no_more(self, cast: Cast, account: Connection) -> None:
        one, other = pair(cast.workspace)
        post = make_post(cast.alice, cast.workspace, account, text=LAMP)
        use(cast, post, one)
        with tenancy.system("test"):
            Post.objects.filter(pk=post.pk).update(text=ROOM)
            post.refresh_from_db()
        use(cast, post, other)
        with tenancy.system("test"):
            assert [each.generation_id for each in GenerationUse.objects.all()] == [other.pk]
            assert dict(Generation.objects.values_list("pk", "taken")) == {one.pk: False, other.pk: True}

    def test_two_posts_may_take_one_each(self, cast: Cast, account: Connection) -> None:
        one, other = pair(cast.workspace)
        for text, generation in ((LAMP, one), (ROOM, other)):
            use(cast, make_post(cast.alice, cast.workspace, account, text=text), generation)
        with tenancy.system("test"):
            assert set(Generation.objects.values_list("taken", flat=True)) == {True}

    def test_what_was_no_choice_is_used_however_it_was_edited(self, cast: Cast, account: Connection) -> None:
        row = write(cast.workspace, None, LAMP)
        use(cast, make_post(cast.alice, cast.workspace, account, text="Wholly rewritten"), row)
        with tenancy.system("test"):
            assert GenerationUse.objects.get().generation_id == row.pk


class FindingTests:
    def test_the_version_that_more_people_reacted_to_did_better(
        self, cast: Cast, account: Connection, told: Callable[[], list[str]]
    ) -> None:
        one, other = pair(cast.workspace)
        publish(cast, account, LAMP, one, impressions=2000, reactions=20, shares=4)
        publish(cast, account, ROOM, other, impressions=1000, reactions=40, comments=10)
        assert told() == [
            "X: the second did better. 5 % of those who saw the second did something with it, 1.2 % of the first."
        ]

    def test_small_differences_and_small_numbers_are_said_to_be_small(
        self, cast: Cast, account: Connection, told: Callable[[], list[str]]
    ) -> None:
        one, other = pair(cast.workspace)
        first = publish(cast, account, LAMP, one, impressions=40, reactions=20)
        publish(cast, account, ROOM, other, impressions=1000, reactions=40)
        assert told() == ["X: too few people saw both to compare them (40 and 1,000)."]
        count(first, impressions=1000, reactions=42)
        assert told()[0].startswith("X: no clear difference. 4.2 % of those who saw the first")

    def test_one_alone_is_held_against_what_is_usual_there(
        self, cast: Cast, account: Connection, told: Callable[[], list[str]]
    ) -> None:
        for number in range(3):
            publish(cast, account, f"Another {number}", impressions=1000, reactions=10)
        one, _ = pair(cast.workspace)
        publish(cast, account, LAMP, one, impressions=1000, reactions=50)
        assert told() == [
            "X: the first alone was published, and did better than usual. "
            "5 % of those who saw it did something with it, 1 % of your other posts there."
        ]

    def test_platforms_are_not_mixed(self, cast: Cast, account: Connection, told: Callable[[], list[str]]) -> None:
        one, other = pair(cast.workspace)
        elsewhere = make_connection(cast.workspace, platform="threads", username="norre.threads")
        publish(cast, account, LAMP, one, impressions=1000, reactions=20)
        publish(cast, elsewhere, ROOM, other, impressions=1000, reactions=90)
        assert told() == [
            "X: the first alone was published; too few numbers yet to say how it did.",
            "Threads: the second alone was published; too few numbers yet to say how it did.",
        ]

    def test_own_words_of_an_account_are_told_apart_in_one_post(
        self, cast: Cast, account: Connection, told: Callable[[], list[str]]
    ) -> None:
        one, other = pair(cast.workspace)
        publication = publish(cast, account, LAMP, impressions=1000, reactions=20)
        with tenancy.system("test"):
            Publication.objects.filter(pk=publication.pk).update(own_texts=[ROOM])
        use(cast, publication.post, one, other)
        with tenancy.system("test"):
            found = versions.comparisons(cast.workspace, list(versions.choices(cast.workspace)))[0]
        assert [len(each.publications) for each in found.versions] == [0, 1]

    def test_before_anything_is_public_that_is_said(self, cast: Cast, told: Callable[[], list[str]]) -> None:
        pair(cast.workspace)
        assert told() == ["None of them has been published yet."]

    def test_a_platform_that_does_not_say_who_saw_it_is_no_failure(
        self, cast: Cast, account: Connection, told: Callable[[], list[str]]
    ) -> None:
        one, _ = pair(cast.workspace)
        publish(cast, account, LAMP, one, reactions=12)
        assert told() == ["X: no numbers yet of how many saw it."]


class DoorTests:
    def test_page_and_api_say_the_same(self, cast: Cast, account: Connection, api: APIClient) -> None:
        one, other = pair(cast.workspace)
        publish(cast, account, LAMP, one, impressions=2000, reactions=20)
        publish(cast, account, ROOM, other, impressions=1000, reactions=50)
        (row,) = api.get("/api/v1/ai/versions").json()["results"]
        assert [each["publications"][0]["seen"] for each in row["versions"]] == [2000, 1000]
        page = text_of(browser(cast.alice).get(address(cast)))
        assert row["findings"][0].startswith("X: the second did better.")
        assert row["findings"][0] in page
        assert "2,000 saw it, 20 did something" in page

    def test_an_empty_page_says_how_to_begin(self, cast: Cast) -> None:
        write(cast.workspace, None, LAMP)
        assert "No versions yet" in text_of(browser(cast.alice).get(address(cast)))

    def test_versions_of_another_workspace_are_nowhere(self, cast: Cast, api: APIClient) -> None:
        pair(cast.elsewhere)
        assert api.get("/api/v1/ai/versions").json()["results"] == []
        assert LAMP not in text_of(browser(cast.alice).get(address(cast)))

    def test_more_questions_take_no_more_queries(self, cast: Cast, account: Connection) -> None:
        client = browser(cast.alice)

        def asked() -> int:
            with CaptureQueriesContext(database) as caught:
                assert client.get(address(cast)).status_code == 200
            return len(caught)

        publish(cast, account, LAMP, pair(cast.workspace)[0], impressions=500, reactions=5)
        client.get(address(cast))
        few = asked()
        for number in range(5):
            publish(cast, account, f"{LAMP} {number}", pair(cast.workspace)[0], impressions=500, reactions=5)
        assert asked() == few

    def test_older_ones_are_on_the_next_page(self, cast: Cast) -> None:
        for number in range(12):
            choice: Any = uuid4()
            write(cast.workspace, choice, f"Version {number} of the text.")
        client = browser(cast.alice)
        first, second = (text_of(client.get(address(cast), {"page": page})) for page in (1, 2))
        assert ("Version 11" in first, "Version 0 " in first, "Version 0 " in second) == (True, False, True)


def address(cast: Cast) -> str:
    return f"/w/{cast.workspace.slug}/settings/grok/versions/"
