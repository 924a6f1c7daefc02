"""The list of posts: states as tabs, search, and pages that neither skip nor repeat."""

import re

import pytest

from posts.reading import PER_PAGE
from posts.tests.factories import Cast, make_connection, make_post
from posts.tests.pages import browser, many_posts, put_into, text_of


@pytest.fixture
def posts(cast: Cast) -> str:
    return f"/w/{cast.workspace.slug}/posts/"


def headlines(page: str) -> list[str]:
    return re.findall(r'class="line cut" href="[^"]*">([^<]*)<', page)


class TestTabs:
    def test_each_shows_its_states_and_its_number(self, cast: Cast, posts: str) -> None:
        connection = make_connection(cast.workspace)
        for state in ("published", "published", "failed", "needs_human", "held", "cancelled"):
            put_into(make_post(cast.alice, cast.workspace, connection, text=f"Was {state}"), state)
        make_post(cast.alice, cast.workspace, connection, text="Is a draft")
        page = text_of(browser(cast.alice).get(posts))
        numbers = re.findall(r">(All|Drafts|Published|Needs you|Failed|Cancelled) <span[^>]*>(\d+)</span>", page)
        assert dict(numbers) == {
            "All": "7",
            "Drafts": "1",
            "Published": "2",
            "Needs you": "2",
            "Failed": "1",
            "Cancelled": "1",
        }
        assert headlines(text_of(browser(cast.alice).get(posts, {"state": "failed"}))) == ["Was failed"]
        assert headlines(text_of(browser(cast.alice).get(posts, {"state": "drafts"}))) == ["Is a draft"]

    def test_an_empty_one_says_what_will_be_there(self, cast: Cast, posts: str) -> None:
        page = text_of(browser(cast.alice).get(posts, {"state": "failed"}))
        assert "A post that a platform refuses waits here, with the reason and the next step." in page

    def test_an_unknown_one_shows_everything(self, cast: Cast, posts: str) -> None:
        make_post(cast.alice, cast.workspace, text="There it is")
        assert headlines(text_of(browser(cast.alice).get(posts, {"state": "nonsense"}))) == ["There it is"]


class TestSearch:
    def test_finds_words_anywhere_in_a_thread_whatever_their_case(self, cast: Cast, posts: str) -> None:
        make_post(cast.alice, cast.workspace, parts=("First part", "The LANTERN is in the second"))
        make_post(cast.alice, cast.workspace, text="Nothing of the kind")
        assert headlines(text_of(browser(cast.alice).get(posts, {"q": "lantern second"}))) == ["First part"]

    def test_says_so_when_nothing_is_found(self, cast: Cast, posts: str) -> None:
        make_post(cast.alice, cast.workspace, text="Nothing of the kind")
        assert "No post says “lantern”." in text_of(browser(cast.alice).get(posts, {"q": "lantern"}))

    def test_treats_signs_of_patterns_as_themselves(self, cast: Cast, posts: str) -> None:
        make_post(cast.alice, cast.workspace, text="Everything is half price")
        make_post(cast.alice, cast.workspace, text="Everything is 50% off")
        assert headlines(text_of(browser(cast.alice).get(posts, {"q": "50%"}))) == ["Everything is 50% off"]


class TestPages:
    def test_older_and_newer_walk_through_every_post_once(self, cast: Cast, posts: str) -> None:
        many_posts(cast.alice, cast.workspace, make_connection(cast.workspace), 2 * PER_PAGE + 3, "draft")
        client, seen = browser(cast.alice), []
        address = posts
        pages = []
        while address:
            page = text_of(client.get(address))
            pages.append(headlines(page))
            seen += headlines(page)
            found = re.search(r'href="\?([^"]*)" rel="next"', page)
            address = f"{posts}?{found[1].replace('&amp;', '&')}" if found else ""
        assert [len(each) for each in pages] == [PER_PAGE, PER_PAGE, 3]
        assert seen == [f"Post number {number}" for number in reversed(range(2 * PER_PAGE + 3))]
        back = re.search(r'href="\?([^"]*)" rel="prev"', page)
        assert back
        assert headlines(text_of(client.get(f"{posts}?{back[1]}"))) == pages[1]

    def test_a_post_that_comes_in_between_moves_nothing(self, cast: Cast, posts: str) -> None:
        connection = make_connection(cast.workspace)
        many_posts(cast.alice, cast.workspace, connection, PER_PAGE + 2, "draft")
        client = browser(cast.alice)
        found = re.search(r'href="\?([^"]*)" rel="next"', text_of(client.get(posts)))
        assert found
        make_post(cast.alice, cast.workspace, connection, text="New at the top")
        assert headlines(text_of(client.get(f"{posts}?{found[1]}"))) == ["Post number 1", "Post number 0"]

    def test_the_cursor_of_another_workspace_shows_nothing_of_it(self, cast: Cast, posts: str) -> None:
        theirs = make_post(cast.charlie, cast.elsewhere, text="Secret")
        page = text_of(browser(cast.alice).get(posts, {"after": str(theirs.uid)}))
        assert "Secret" not in page
