"""The same troubles on every platform, through the engine: each ends in the state that is documented for it.

What each platform answers exactly is tested in social/tests; here it is what becomes of the publication, the account and
the platform's gate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from multivio import tenancy
from posts.models import Lane, PlatformGate, Post
from posts.states import State
from posts.tests.conftest import Driven, Rows, publication_of
from posts.tests.factories import Cast
from posts.tests.places import PLACES, connect_at, write_at
from sandbox.testing import Running
from social.models import Connection
from social.tests.hosting import Host

pytestmark = pytest.mark.real_commits


@dataclass(frozen=True)
class After:
    """What is documented: the state of the publication, and who has to wait or act."""

    state: State
    account_broken: bool = False
    account_waits: bool = False
    platform_closed: bool = False


HELD = After(State.HELD, account_broken=True)
WAITS = After(State.SCHEDULED, account_waits=True)
CLOSED = After(State.SCHEDULED, platform_closed=True)
IN_DOUBT = After(State.UNKNOWN)
# Trouble -> what becomes of it, for all; then where a platform differs, and why.
USUAL = {
    "token_revoked": HELD,
    "rate_limit": WAITS,
    "credits_depleted": CLOSED,
    "reject_5xx": IN_DOUBT,
    "accept_then_reset": IN_DOUBT,
    "garbage_200": IN_DOUBT,
}
DIFFERENT = {
    # The id of a post stands in a header there, so a body that cannot be read takes nothing away.
    ("linkedin", "garbage_200"): After(State.PUBLISHED),
    # TikTok counts people, not calls: who posted before may go on, so only this account waits.
    ("tiktok", "credits_depleted"): WAITS,
}
REFUSING = frozenset({"token_revoked", "rate_limit", "credits_depleted"})
TROUBLES = [(slug, kind) for slug in PLACES for kind in USUAL]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Where platforms that fetch media find what was uploaded."""
    serving = Host()
    monkeypatch.setattr("posts.engine.publish.pull_address", serving)
    monkeypatch.setattr("posts.engine.publish.jpeg_pull_address", serving)
    yield serving
    serving.close()


@pytest.fixture
def account(sandbox: Running, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Connection]:
    return connect_at(sandbox, cast, monkeypatch)


@pytest.fixture
def write(cast: Cast, host: Host, settings: Settings) -> Callable[[Connection], Post]:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 20
    return lambda connection: write_at(cast, host, connection)


def what_became(post: Post, connection: Connection) -> After:
    with tenancy.system("test"):
        fresh = Connection.objects.get(pk=connection.pk)
        waits = Lane.objects.filter(connection=connection, blocked_until__isnull=False).exists()
        closed = PlatformGate.objects.filter(platform=connection.platform, closed_until__isnull=False).exists()
    return After(State(publication_of(post).state), fresh.health == "broken", waits, closed)


@pytest.mark.parametrize(("slug", "kind"), TROUBLES)
def test_trouble_with_the_call_that_makes_it_public(
    slug: str,
    kind: str,
    sandbox: Running,
    account: Callable[[str], Connection],
    write: Callable[[Connection], Post],
    driven: Driven,
) -> None:
    connection = account(slug)
    post = write(connection)
    place = PLACES[slug]
    operation = place.refuses if place.refuses and kind in REFUSING else place.commit
    sandbox.control.add_fault(platform=slug, operation=operation, kind=kind)
    driven.engine.step()
    assert driven.engine.wait_until_idle(60)
    assert what_became(post, connection) == DIFFERENT.get((slug, kind), USUAL[kind])


# Uploads that break off in the middle: the bytes are there in part, and the next try goes on.
UPLOADS = {"x": "media_upload", "facebook": "photo", "youtube": "upload_chunk"}


@pytest.mark.parametrize("slug", UPLOADS)
def test_an_upload_that_breaks_off_is_taken_up_and_published_once(
    slug: str,
    sandbox: Running,
    account: Callable[[str], Connection],
    write: Callable[[Connection], Post],
    driven: Driven,
    owner_sql: Rows,
) -> None:
    connection = account(slug)
    post = write(connection)
    sandbox.control.add_fault(platform=slug, operation=UPLOADS[slug], kind="reset")
    driven.engine.step()
    assert driven.engine.wait_until_idle(60)
    if publication_of(post).state != State.PUBLISHED:  # YouTube goes on within the same try
        assert what_became(post, connection) == WAITS
        owner_sql("update posts_lane set blocked_until = null")
        driven.run()
    assert publication_of(post).state == State.PUBLISHED
    assert len([one for one in sandbox.control.posts(slug) if "A lamp" in str(one["text"])]) == 1


@pytest.mark.parametrize("slug", ["instagram", "threads"])
def test_media_that_cannot_be_fetched_are_tried_again_and_then_refused(
    slug: str,
    sandbox: Running,
    account: Callable[[str], Connection],
    write: Callable[[Connection], Post],
    driven: Driven,
    host: Host,
    owner_sql: Rows,
) -> None:
    connection = account(slug)
    post = write(connection)
    host.broken |= set(host.files.contents)
    for _ in range(5):
        owner_sql("update posts_lane set blocked_until = null")
        driven.engine.step()
        assert driven.engine.wait_until_idle(60)
    assert what_became(post, connection).state == State.FAILED
    assert sandbox.control.posts(slug) == []


@pytest.mark.parametrize("slug", ["facebook", "instagram", "threads", "tiktok"])
def test_an_account_that_is_blocked_for_spam_is_not_asked_to_reconnect(
    slug: str,
    sandbox: Running,
    account: Callable[[str], Connection],
    write: Callable[[Connection], Post],
    driven: Driven,
) -> None:
    connection, place = account(slug), PLACES[slug]
    post = write(connection)
    sandbox.control.add_fault(platform=slug, operation=place.refuses or place.commit, kind="suspended")
    driven.engine.step()
    assert driven.engine.wait_until_idle(60)
    after = what_became(post, connection)
    assert not after.account_broken
    assert after.state in {State.SCHEDULED, State.FAILED}


@pytest.mark.parametrize("slug", ["youtube", "tiktok"])
def test_slow_processing_ends_published_once_it_is_done(
    slug: str,
    sandbox: Running,
    account: Callable[[str], Connection],
    write: Callable[[Connection], Post],
    driven: Driven,
    owner_sql: Rows,
) -> None:
    sandbox.control.settings(video_processing_seconds=100_000)
    connection = account(slug)
    post = write(connection)
    driven.engine.step()
    assert driven.engine.wait_until_idle(60)
    assert publication_of(post).state in {State.UNKNOWN, State.SCHEDULED}
    sandbox.control.settings(video_processing_seconds=0)
    sandbox.control.advance(200_000)
    for _ in range(4):
        owner_sql("update posts_lane set blocked_until = null")
        owner_sql("update posts_publication set next_check_at = now() where state = 'unknown'")
        driven.run()
        driven.settle()
    assert publication_of(post).state == State.PUBLISHED
    assert len([one for one in sandbox.control.posts(slug) if "A lamp" in str(one["text"])]) == 1
