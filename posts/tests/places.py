"""How to publish on each platform of the sandbox: what has to be attached and chosen, and accounts with real tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from posts.content import Content, Own, PartContent
from posts.media.services import store_upload
from posts.models import Media, Post
from posts.services import Now, create_post
from posts.tests.factories import Cast, acting
from posts.tests.films import film
from posts.tests.media_files import picture
from sandbox.testing import Running
from social import platforms
from social.contract import Profile, Tokens
from social.models import Connection
from social.services import store_grant
from social.tests.hosting import Host

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


def connect_at(sandbox: Running, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Connection]:
    """`connect(slug)`: an account with tokens that the sandbox really issued. Waiting moves the sandbox's clock, not ours."""

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


def write_at(cast: Cast, host: Host, connection: Connection, **options: str) -> Post:
    """A post that fits the account's platform, to go out now."""
    place = PLACES[connection.platform]
    data = film() if place.media == FILM else picture("JPEG", size=(640, 640))
    chosen = {**dict(place.options), **options}
    with acting(cast.alice, cast.workspace) as actor:
        media: Media = store_upload(actor=actor, file=SimpleUploadedFile("lamp", data))
        host.files.contents[str(media.uid)] = data
        content = Content(
            (PartContent("A lamp", (media.uid,)),),
            (connection.uid,),
            own={connection.uid: Own((), chosen)} if chosen else {},
        )
        return create_post(actor=actor, content=content, plan=Now())
