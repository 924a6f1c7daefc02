"""The public face of YouTube in the sandbox: videos in a grid, channels, the page on which one watches, and the bytes."""

import json
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from markupsafe import Markup, escape
from PIL import Image, ImageColor, ImageDraw, ImageFont
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.feed import Author, Count, Entry
from sandbox.growth import between
from sandbox.pages import page, sorry
from sandbox.platforms.youtube import consent, extras, videos
from sandbox.platforms.youtube.identity import SLUG, has_channel
from sandbox.store import Row
from sandbox.world import World

PAGE_SIZE = 48
FRAME = (640, 360)
SPACE = re.compile(r"(\s+)")
HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}


@dataclass(frozen=True)
class Card:
    """A video as it is shown. `views` is ready to read."""

    row: Row
    title: str
    description: str
    author: Author
    url: str
    picture: str
    duration: str
    views: str
    entry: Entry
    is_short: bool
    is_processing: bool
    is_for_kids: bool
    is_synthetic: bool


def routes(world: World) -> list[Route]:
    async def home(request: Request) -> Response:
        return _grid(world, None)

    async def channel(request: Request) -> Response:
        name = request.path_params["name"].removeprefix("@")
        account = world.accounts.by_username(SLUG, name) or world.accounts.get(SLUG, name)
        if account is None or not has_channel(account):
            return sorry("This page isn't available", "Sorry about that. Try searching for something else.", status=404)
        return _grid(world, account)

    async def watch(request: Request) -> Response:
        return _watch(world, request.path_params.get("id") or request.query_params.get("v", ""))

    async def handle(request: Request) -> Response:
        return RedirectResponse(f"/youtube/@{request.path_params['name']}")

    return [
        *consent.routes(world),
        *_files(world),
        Route("/watch", watch),
        Route("/shorts/{id}", watch),
        Route("/channel/{name}", channel),
        Route("/", home),
        Route("/@{name}", channel),
        Route("/{name}", handle),
    ]


def _files(world: World) -> list[Route]:
    async def media(request: Request) -> Response:
        row = _seen(world, request.path_params["id"])
        if row is None or not row["size"]:
            return _gone()
        return FileResponse(videos.blob(world, row["id"]), media_type=row["mime"], headers=HEADERS)

    async def picture(request: Request) -> Response:
        row = videos.find(world, request.path_params["id"])
        if row is None:
            return _gone()
        if row["thumbnail"]:
            return FileResponse(extras.thumbnail(world, row["id"]), media_type=row["thumbnail"], headers=HEADERS)
        return Response(_picture(world, row), media_type="image/jpeg", headers=HEADERS)

    return [Route("/media/{id}.mp4", media), Route("/vi/{id}.jpg", picture)]


def _grid(world: World, account: Account | None) -> Response:
    """Only public ones: unlisted videos are seen by those who have their address."""
    sql = "select * from yt_video where deleted_at is null and (? is null or account_id = ?) order by number desc"
    rows = world.store.all(sql, [account and account.id, account and account.id])
    shown = [row for row in rows if videos.privacy_of(world, row) == "public" and _is_playable(world, row)]
    cards = [_card(world, row) for row in shown[:PAGE_SIZE]]
    context = {
        "title": "Home" if account is None else account.name,
        "channel": None if account is None else _author(account),
        "subscribers": "" if account is None else f"{int(between(f'{account.id}/subscribers', 12, 9000)):,}",
        "videos": [card for card in cards if not card.is_short],
        "shorts": [card for card in cards if card.is_short],
        "people": _people(world),
    }
    return page("youtube.html", context)


def _watch(world: World, video_id: str) -> Response:
    row = _seen(world, video_id)
    if row is None:
        is_private = videos.find(world, video_id) is not None
        return (
            sorry("Private video", "Sign in if you've been granted access to it.", status=403)
            if is_private
            else _gone()
        )
    card = _card(world, row)
    said = [_comment(world, row, one) for one in extras.of_video(world, row["id"], world.clock.now())]
    context = {"card": card, "comments": said, "has_file": bool(row["size"]), "people": _people(world)}
    return page("youtube_watch.html", context)


def _seen(world: World, video_id: str) -> Row | None:
    row = videos.find(world, video_id)
    return row if row is not None and videos.privacy_of(world, row) != "private" and _is_playable(world, row) else None


def _is_playable(world: World, row: Row) -> bool:
    """A video that is being processed has a page already; one that was rejected has none any more."""
    return videos.upload_status(world, row) in ("uploaded", "processed")


def _gone() -> Response:
    return sorry("This video isn't available any more", "It was deleted, or it never was.", status=404)


def _people(world: World) -> list[Author]:
    return [_author(one) for one in world.accounts.all(SLUG) if has_channel(one)]


def _author(account: Account) -> Author:
    return Author(
        name=account.name,
        handle=f"@{account.username}",
        avatar_url=f"/avatars/youtube/{account.username}.png",
        url=f"/youtube/@{account.username}",
        is_verified=account.tier == "premium",
    )


def _owner(world: World, account_id: str) -> Author:
    account = world.accounts.get(SLUG, account_id)
    assert account is not None  # noqa: S101 - videos and comments are of accounts
    return _author(account)


def _card(world: World, row: Row) -> Card:
    values, author = json.loads(row["fields"]), _owner(world, row["account_id"])
    at = row["public_at"] or row["uploaded_at"]
    url = videos.path_of(row)
    return Card(
        row=row,
        title=values["title"],
        description=values["description"],
        author=author,
        url=url,
        picture=f"/youtube/vi/{row['id']}.jpg",
        duration=_clock(row["duration_ms"]),
        views=f"{Count('view', 'views', videos.views_of(world, row)).short} views",
        entry=Entry(author=author, text=_linked(values["description"]), at=at, now=world.clock.now(), url=url),
        is_short=videos.is_short(row),
        is_processing=videos.upload_status(world, row) == "uploaded",
        is_for_kids=bool(values["made_for_kids"]),
        is_synthetic=bool(values["synthetic"]),
    )


def _comment(world: World, video: Row, row: Row) -> Entry:
    return Entry(
        author=_owner(world, row["account_id"]),
        text=_linked(row["words"]),
        at=row["created_at"],
        now=world.clock.now(),
        url=f"{videos.path_of(video)}#{row['id']}",
    )


def _linked(words: str) -> Markup:
    """Words with their links marked up."""
    parts = []
    for piece in SPACE.split(words):
        if piece.startswith(("https://", "http://")):
            parts.append(Markup('<a href="{}" rel="nofollow noreferrer">{}</a>').format(piece, piece))
        else:
            parts.append(escape(piece))
    return Markup("").join(parts)


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(round((milliseconds or 0) / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _picture(world: World, row: Row) -> bytes:
    """The first frame of the video, as YouTube takes one when nobody sets a thumbnail; else the title on a ground."""
    image = (row["size"] and _frame(videos.blob(world, row["id"]))) or _drawn(world, row)
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _frame(path: Path) -> Image.Image | None:
    import av  # noqa: PLC0415 - takes 100 ms to import; only thumbnails need it
    import av.error  # noqa: PLC0415

    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0), None)
            image = frame.to_image() if frame is not None else None  # type: ignore[no-untyped-call]
    except (av.error.FFmpegError, ValueError, IndexError):
        return None
    if isinstance(image, Image.Image):
        image.thumbnail((FRAME[0] * 2, FRAME[0] * 2))
        return image
    return None


def _drawn(world: World, row: Row) -> Image.Image:
    account = world.accounts.get(SLUG, row["account_id"])
    try:
        colour = ImageColor.getrgb(account.avatar_color if account else "#333333")
    except ValueError:
        colour = (51, 51, 51)
    image = Image.new("RGB", FRAME, colour)
    draw, title = ImageDraw.Draw(image), json.loads(row["fields"])["title"]
    draw.text((FRAME[0] / 2, FRAME[1] / 2), title[:28], fill="white", font=ImageFont.load_default(40), anchor="mm")
    return image
