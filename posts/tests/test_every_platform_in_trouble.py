"""The same troubles on every platform, through the engine: each ends in the state that is documented for it.

What each platform answers exactly is tested in social/tests; here it is what becomes of the publication, the account and
the platform's gate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from multivio import tenancy
from posts.content import Content, Own, PartContent
from posts.media.services import store_upload
from posts.models import Lane, Media, PlatformGate, Post
from posts.services import Now, create_post
from posts.states import State
from posts.tests.conftest import Driven, Rows, publication_of
from posts.tests.factories import Cast, acting
from posts.tests.films import film
from posts.tests.media_files import picture
from sandbox.testing import Running
from social import platforms
from social.contract import Profile, Tokens
from social.models import Connection
from social.services import store_grant
from social.tests.hosting import Host

pytestmark = pytest.mark.real_commits
FILM, PICTURE = "film", "picture"


@dataclass(frozen=True)
class Place:
    """How to publish there: what has to be attached and chosen, and which call makes it public."""

    media: str = ""
    commit: str = "create_post"
    options: tuple[tuple[str, str], ...] = ()
    person: str = "norrestudio"
    refuses: str = ""  # the call that is refused, where the last one carries no token


PLACES = {
    "x": Place(media=PICTURE),
    "facebook": Place(media=PICTURE),
    "instagram": Place(media=PICTURE),
    "linkedin": Place(media=PICTURE, person="maja-lindqvist"),
    "youtube": Place(media=FILM, options=(("title", "A lamp"), ("made_for_kids", "no"))),
    "tiktok": Place(media=FILM, commit="last_chunk", options=(("privacy_level", "SELF_ONLY"),), refuses="init_video"),
    "threads": Place(media=PICTURE),
}


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
    """An account with tokens that the sandbox really issued. Waiting moves the sandbox's clock instead of ours."""

    def connect(slug: str) -> Connection:
        platform, place = platforms.get(slug), PLACES[slug]
        monkeypatch.setattr(platform, "sleep", sandbox.control.advance, raising=False)
        granted = sandbox.control.tokens(place.person, platform=slug, client_id=f"sandbox-{slug}-client")
        seconds = granted.get("expires_in")
        tokens = Tokens(
            granted.get("user_token", granted["access_token"]),
            granted.get("refresh_token", "" if slug == "x" else granted["access_token"]),
            datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None,
            tuple(granted["scope"].replace(",", " ").split()),
        )
        found: list[Profile] = platform.profiles(tokens)
        chosen = next((one for one in found if one.username == place.person), found[0])
        with acting(cast.alice, cast.workspace) as actor:
            return store_grant(actor=actor, platform=slug, protocol="oauth2", tokens=tokens, profiles=[chosen])[0]

    return connect


@pytest.fixture
def write(cast: Cast, host: Host, settings: Settings) -> Callable[[Connection], Post]:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 20

    def make(connection: Connection) -> Post:
        place = PLACES[connection.platform]
        data = film() if place.media == FILM else picture("JPEG", size=(640, 640))
        with acting(cast.alice, cast.workspace) as actor:
            media: Media = store_upload(actor=actor, file=SimpleUploadedFile("lamp", data))
            host.files.contents[str(media.uid)] = data
            content = Content(
                (PartContent("A lamp", (media.uid,)),),
                (connection.uid,),
                own={connection.uid: Own((), dict(place.options))} if place.options else {},
            )
            return create_post(actor=actor, content=content, plan=Now())

    return make


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
