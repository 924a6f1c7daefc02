"""The public face of TikTok in the sandbox: upright posts, one below the other, profiles, and the uploaded bytes.

What only its author may see stands on the author's profile all the same, marked as such: here the author is whoever looks.
"""

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.feed import Count
from sandbox.pages import page, sorry
from sandbox.platforms.tiktok import consent, identity, metrics, tasks
from sandbox.platforms.tiktok.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

SHOWN = 30
HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}
TAG = re.compile(r"([#@][\w.]+)")
AUDIENCES = {
    "FOLLOWER_OF_CREATOR": "Followers",
    "MUTUAL_FOLLOW_FRIENDS": "Friends",
    "SELF_ONLY": "Only me",
}


@dataclass(frozen=True)
class Card:
    """One post. `video` or `photos` are addresses; scenery has neither."""

    author: Account
    url: str
    text: Markup
    title: str
    video: str
    photos: list[tuple[str, int | None, int | None]]
    counts: list[Count]
    labels: list[str]
    seed: int

    @property
    def author_url(self) -> str:
        return f"/tiktok/@{self.author.username}"


def routes(world: World) -> list[Route]:
    async def home(request: Request) -> Response:
        rows = world.store.all("select * from tt_post where listed_at is not null order by listed_at desc, id desc")
        listed = [row for row in rows if tasks.is_listed(world, row)][:SHOWN]
        return _show(world, "For you", listed)

    async def profile(request: Request) -> Response:
        account = world.accounts.by_username(SLUG, request.path_params["username"])
        if account is None:
            return sorry("Couldn't find this account", "Nobody is called that here.", status=404)
        return _profile(world, account)

    async def post(request: Request) -> Response:
        row = _find(world, request.path_params["id"])
        if row is None or tasks.standing(world, row)[0] != tasks.COMPLETE or row["deleted_at"] is not None:
            return sorry("Video currently unavailable", "It was removed, or it never was.", status=404)
        return _show(world, identity.account(world, row["account_id"]).name, [row])

    async def video_file(request: Request) -> Response:
        row = _find(world, request.path_params["id"])
        if row is None or row["whole_at"] is None or row["kind"] != "video":
            return sorry("No such file", "It was never uploaded, or it is gone.", status=404)
        return FileResponse(tasks.blob(world, row["id"]), media_type=row["media_type"] or "video/mp4", headers=HEADERS)

    async def photo_file(request: Request) -> Response:
        row = world.store.one("select * from tt_photo where id = ?", [request.path_params["id"]])
        if row is None or not row["media_type"]:
            return sorry("No such file", "It was never fetched, or it is gone.", status=404)
        return FileResponse(tasks.photo_blob(world, row["id"]), media_type=row["media_type"], headers=HEADERS)

    return [
        *consent.routes(world),
        Route("/media/{id:int}.mp4", video_file),
        Route("/media/photo-{id:int}", photo_file),
        Route("/@{username}/video/{id:int}", post),
        Route("/@{username}/photo/{id:int}", post),
        Route("/@{username}", profile),
        Route("/", home),
    ]


def _find(world: World, post_id: int) -> Row | None:
    return world.store.one("select * from tt_post where id = ?", [post_id])


def _profile(world: World, account: Account) -> HTMLResponse:
    rows = world.store.all(
        "select * from tt_post where account_id = ? and whole_at is not null and deleted_at is null order by id desc",
        [account.id],
    )
    complete = [row for row in rows if tasks.standing(world, row)[0] == tasks.COMPLETE][:SHOWN]
    listed = sum(tasks.is_listed(world, row) for row in complete)
    facts = [("Posts", str(listed)), ("Id", account.id)]
    if identity.creator(world, account.id)["is_private"]:
        facts.insert(0, ("Account", "private"))
    return _show(world, account.name, complete, profile=account, facts=facts)


def _show(world: World, title: str, rows: list[Row], **others: Any) -> HTMLResponse:
    context = {
        "title": title,
        "cards": [_card(world, row) for row in rows],
        "people": world.accounts.all(SLUG),
        "profile": None,
        "facts": (),
        **others,
    }
    return page("tiktok.html", context)


def _card(world: World, row: Row) -> Card:
    author = identity.account(world, row["account_id"])
    has_video = row["kind"] == "video" and row["whole_at"] is not None
    return Card(
        author=author,
        url=f"/tiktok/@{author.username}/{row['kind']}/{row['id']}",
        text=_coloured(row["description"] if row["kind"] == "photo" and row["description"] else row["title"]),
        title=row["title"] if row["kind"] == "photo" and row["description"] else "",
        video=f"/tiktok/media/{row['id']}.mp4" if has_video else "",
        photos=[
            (f"/tiktok/media/photo-{one['id']}", one["width"], one["height"]) for one in tasks.photos(world, row["id"])
        ],
        counts=_counts(world, row),
        labels=_labels(world, row),
        seed=row["id"] % 4,
    )


def _labels(world: World, row: Row) -> list[str]:
    told = [AUDIENCES[row["privacy"]]] if row["privacy"] in AUDIENCES else []
    if row["privacy"] not in AUDIENCES and not tasks.is_listed(world, row):
        told.append("In moderation")
    options = str(row["options"])
    told += ["Paid partnership"] if '"brand_content_toggle": true' in options else []
    told += ["Promotional content"] if '"brand_organic_toggle": true' in options else []
    return told + (["AI-generated"] if '"is_aigc": true' in options else [])


def _counts(world: World, row: Row) -> list[Count]:
    numbers = metrics.totals(row, world.clock.now())
    return [
        Count("like", "likes", numbers["like_count"]),
        Count("reply", "comments", numbers["comment_count"]),
        Count("repost", "shares", numbers["share_count"]),
        Count("view", "views", numbers["view_count"]),
    ]


def _coloured(words: str) -> Markup:
    pieces = TAG.split(words)
    return Markup("").join(
        Markup("<b>{}</b>").format(piece) if number % 2 else escape(piece) for number, piece in enumerate(pieces)
    )
