"""How often pages ask the database: at most ten times, however much there is to show, whether or not plans are sold."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from billing.tests.conftest import SELLS
from billing.tests.shop import give
from posts.media.services import store_upload
from posts.models import Media
from posts.services import Draft, NextSlot, create_post
from posts.tests.factories import Cast, acting, content, make_connection, make_post
from posts.tests.media_files import picture as picture_bytes
from posts.tests.pages import browser, put_into
from posts.tests.test_plan_and_posts import subscribe

MOST = 10
# Inside a test's own transaction the context is also put back by hand at the end; in a request the commit does that.
FRAME = ("SAVEPOINT", "RELEASE", "select set_config('app.user_id', '', true)")


@pytest.fixture
def queries(cast: Cast) -> Callable[[str], int]:
    """`queries(path)`: how many a page takes, the frame of the transaction aside."""
    client = browser(cast.alice)

    def ask(path: str) -> int:
        client.get(path)  # the first visit also remembers the workspace in the session
        with CaptureQueriesContext(database) as caught:
            response = client.get(path)
        assert response.status_code == 200
        return len([q for q in caught.captured_queries if not q["sql"].startswith(FRAME)])

    return ask


@pytest.fixture(params=["sold", "not sold"], autouse=True)
def selling(request: pytest.FixtureRequest, settings: Any, cast: Cast) -> None:
    if request.param == "sold":
        for name, value in SELLS.items():
            setattr(settings, name, value)
        give(cast.workspace, "agency")
        subscribe(cast, plan="team")


@pytest.fixture
def picture(cast: Cast) -> Media:
    with acting(cast.alice, cast.workspace) as actor:
        return store_upload(actor=actor, file=SimpleUploadedFile("a.jpg", picture_bytes(), "image/jpeg"))


def fill(cast: Cast, picture: Media, number: int) -> None:
    """Posts of every state, with pictures, each on accounts of its own."""
    states = ["published", "failed", "needs_human", "scheduled", "held"]
    for index in range(number):
        target = make_connection(cast.workspace)
        with acting(cast.alice, cast.workspace) as actor:
            post = create_post(
                actor=actor,
                content=content(f"Post {index}", "and more", connections=(target,), media=(picture,)),
                plan=Draft(),
            )
        put_into(post, states[index % len(states)])


@pytest.mark.parametrize("page", ["", "posts/", "compose/", "ideas/", "settings/schedules/"])
class TestPagesWithManyRows:
    def test_ask_no_more_than_ten_times(
        self, cast: Cast, picture: Media, queries: Callable[[str], int], page: str
    ) -> None:
        fill(cast, picture, 30)
        # Ideas also say what they would cost: the voice, what is proposed already, and the meters of workspace, bill and packs.
        assert queries(f"/w/{cast.workspace.slug}/{page}") <= (MOST + 6 if page == "ideas/" else MOST)

    def test_ask_as_often_for_thirty_rows_as_for_one(
        self, cast: Cast, picture: Media, queries: Callable[[str], int], page: str
    ) -> None:
        fill(cast, picture, 1)
        few = queries(f"/w/{cast.workspace.slug}/{page}")
        fill(cast, picture, 29)
        assert queries(f"/w/{cast.workspace.slug}/{page}") == few


class TestOnePost:
    def test_asks_as_often_for_twelve_accounts_as_for_one(
        self, cast: Cast, picture: Media, queries: Callable[[str], int]
    ) -> None:
        one = make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        many = make_post(cast.alice, cast.workspace, *(make_connection(cast.workspace) for _ in range(12)))
        few = queries(f"/w/{cast.workspace.slug}/posts/{one.uid}/")
        assert few <= MOST
        assert queries(f"/w/{cast.workspace.slug}/posts/{many.uid}/") == few

    def test_in_a_slot_of_each_account_opens_with_no_more_than_ten(
        self, cast: Cast, queries: Callable[[str], int]
    ) -> None:
        few, many = (
            make_post(
                cast.alice, cast.workspace, *(make_connection(cast.workspace) for _ in range(number)), plan=NextSlot()
            )
            for number in (1, 12)
        )
        for rest in ("", "edit/"):
            found = queries(f"/w/{cast.workspace.slug}/posts/{many.uid}/{rest}")
            assert queries(f"/w/{cast.workspace.slug}/posts/{few.uid}/{rest}") == found <= MOST

    def test_opens_in_the_composer_with_no_more_than_ten(
        self, cast: Cast, picture: Media, queries: Callable[[str], int]
    ) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            targets = tuple(make_connection(cast.workspace) for _ in range(3))
            post = create_post(
                actor=actor, content=content("a", "b", connections=targets, media=(picture,)), plan=Draft()
            )
        assert queries(f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/") <= MOST
