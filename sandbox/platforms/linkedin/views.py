"""The public face of LinkedIn in the sandbox: the feed, profiles of people and organisations, posts, uploaded bytes."""

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.feed import Author, Card, Choice, Conversation, Count, Entry, Feed, Picture, Profile, show
from sandbox.pages import sorry
from sandbox.platforms.linkedin import assets, comments, consent, identity, posts, statistics, support
from sandbox.platforms.linkedin.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

PAGE_SIZE = 30
SHOWN_COMMENTS = 3
HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}
LABELS = {"CONNECTIONS": "Connections only", "LOGGED_IN": "Members only"}


def routes(world: World) -> list[Route]:
    async def home(request: Request) -> Response:
        return _timeline(world, request, None)

    async def profile(request: Request) -> Response:
        account = world.accounts.by_username(SLUG, request.path_params["username"])
        is_org = account is not None and identity.org_row(world, account.id) is not None
        if account is None or is_org != ("/company/" in request.url.path):
            return _gone()
        return _timeline(world, request, account)

    async def mine(request: Request) -> Response:
        return RedirectResponse("/linkedin")

    async def post(request: Request) -> Response:
        row = posts.find(world, request.path_params["urn"])
        return _gone() if row is None else _post(world, row)

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        row = world.store.one("select * from li_asset where urn like ? and ready_at is not null", [f"%:{name}"])
        if row is None or not row["media_type"]:
            return _gone()
        disposition = "attachment" if row["kind"] == "document" else "inline"
        return FileResponse(
            assets.blob(world, row["urn"]),
            media_type=row["media_type"],
            headers=HEADERS,
            content_disposition_type=disposition,
        )

    return [
        *consent.routes(world),
        Route("/media/{name}", file),
        Route("/feed/update/{urn}/", post),
        Route("/feed/update/{urn}", post),
        Route("/in/me/{rest:path}", mine),
        Route("/in/{username}", profile),
        Route("/in/{username}/{rest:path}", profile),
        Route("/company/{username}", profile),
        Route("/company/{username}/{rest:path}", profile),
        Route("/", home),
    ]


def _timeline(world: World, request: Request, account: Account | None) -> Response:
    before = request.query_params.get("before", "")
    author = None if account is None else identity.urn_of(world, account)
    rows = world.store.all(
        f"{posts.SELECT} and (? is null or author = ?) and (? is null or id < ?) order by created_at desc, id desc limit ?",
        [author, author, *([int(before) if before.isdigit() else None] * 2), PAGE_SIZE + 1],
    )
    home = "/linkedin" if account is None else _url_of(world, account)
    feed = Feed(
        platform="LinkedIn",
        home="/linkedin",
        title="Latest" if account is None else account.name,
        conversations=[_conversation(world, row, most=SHOWN_COMMENTS) for row in rows[:PAGE_SIZE]],
        people=_people(world),
        profile=None if account is None else _profile(world, account),
        older=f"{home}?before={rows[PAGE_SIZE - 1]['id']}" if len(rows) > PAGE_SIZE else "",
        look="linkedin",
    )
    return show(feed)


def _post(world: World, row: Row) -> Response:
    author = identity.author_of(world, row["author"])
    feed = Feed(
        platform="LinkedIn",
        home="/linkedin",
        title=f"{author.name if author else 'Somebody'} on LinkedIn",
        conversations=[_conversation(world, row, most=500)],
        people=_people(world),
        focus=_post_url(world, row),
        look="linkedin",
    )
    return show(feed)


def _gone() -> Response:
    return sorry("This page doesn’t exist", "It was deleted, or it never was.", status=404)


def _people(world: World) -> list[Author]:
    return [_author(world, account) for account in world.accounts.all(SLUG)]


def _author(world: World, account: Account) -> Author:
    org = identity.org_row(world, account.id)
    return Author(
        name=account.name,
        handle=org["about"] if org else "In the sandbox",
        avatar_url=f"/avatars/linkedin/{account.username}.png",
        url=_url_of(world, account),
    )


def _url_of(world: World, account: Account) -> str:
    folder = "company" if identity.org_row(world, account.id) else "in"
    return f"/linkedin/{folder}/{account.username}"


def _profile(world: World, account: Account) -> Profile:
    urn = identity.urn_of(world, account)
    posted = world.store.scalar("select count(*) from li_post where author = ? and deleted_at is null", [urn])
    about = "Organisation" if identity.org_row(world, account.id) else "Member"
    return Profile(_author(world, account), about, (("Posts", str(posted)), ("URN", urn)))


def _conversation(world: World, row: Row, *, most: int) -> Conversation:
    said = comments.of(world, row["id"])
    entries = [_entry(world, row), *(_comment(world, row, one) for one in said[:most])]
    return Conversation(entries, hidden=len(said[most:]))


def _entry(world: World, row: Row) -> Entry:
    account = identity.author_of(world, row["author"])
    content = json.loads(row["content"])
    labels = [LABELS[row["visibility"]]] if row["visibility"] in LABELS else []
    choices, note = _poll(row, content)
    return Entry(
        author=_author(world, account) if account else Author("Somebody", "", "", ""),
        text=_linked(_words(row, content)),
        at=row["created_at"],
        now=world.clock.now(),
        url=_post_url(world, row),
        pictures=_pictures(world, content),
        choices=choices,
        poll_note=note,
        counts=_counts(world, row),
        labels=[*labels, *(["Edited"] if row["edited_at"] else [])],
        card=_card(world, content),
    )


def _words(row: Row, content: dict[str, Any]) -> str:
    question = content.get("poll", {}).get("question", "")
    return "\n\n".join(words for words in (row["shown"], question) if words)


def _comment(world: World, post: Row, row: Row) -> Entry:
    account = identity.author_of(world, row["actor"])
    return Entry(
        author=_author(world, account) if account else Author("Somebody", "", "", ""),
        text=_linked(row["message"]),
        at=row["created_at"],
        now=world.clock.now(),
        url=f"{_post_url(world, post)}?commentUrn={row['id']}",
        labels=["Comment"],
    )


def _counts(world: World, row: Row) -> Sequence[Count]:
    numbers = statistics.totals(world, row)
    return [
        Count("like", "reactions", numbers["likeCount"]),
        Count("reply", "comments", numbers["commentCount"]),
        Count("repost", "reposts", numbers["shareCount"]),
        Count("view", "impressions", numbers["impressionCount"]),
    ]


def _pictures(world: World, content: dict[str, Any]) -> list[Picture]:
    if "article" in content:
        return []
    return [
        Picture(
            assets.path(row),
            "video" if row["kind"] == "video" else "photo",
            str(said.get("altText") or said.get("title") or ""),
            row["width"],
            row["height"],
        )
        for row, said in support.attached(world, content)
        if row["kind"] != "document"
    ]


def _card(world: World, content: dict[str, Any]) -> Card | None:
    """A link with its title, or a document with its pages."""
    found = support.attached(world, content)
    if "article" in content:
        article = content["article"]
        host = article["source"].partition("://")[2].partition("/")[0]
        picture = assets.path(found[0][0]) if found else ""
        return Card(article["title"], host, article["source"], picture, str(article.get("description", "")))
    if found and found[0][0]["kind"] == "document":
        row, said = found[0]
        return Card(str(said.get("title", "")), "PDF document", assets.path(row))
    return None


def _poll(row: Row, content: dict[str, Any]) -> tuple[list[Choice], str]:
    given = content.get("poll")
    if not given:
        return [], ""
    days = posts.DURATIONS[given["settings"]["duration"]]
    return [Choice(one["text"], 0, 0) for one in given["options"]], f"0 votes · open for {days} days"


def _post_url(world: World, row: Row) -> str:
    return posts.permalink(world, row).removeprefix(world.base_url)


def _linked(words: str) -> Markup:
    parts = []
    for line in words.split("\n"):
        pieces = []
        for piece in line.split(" "):
            if piece.startswith(("https://", "http://")):
                pieces.append(Markup('<a href="{}" rel="nofollow noreferrer">{}</a>').format(piece, piece))
            elif piece.startswith("#") and len(piece) > 1:
                pieces.append(Markup('<span class="tag">{}</span>').format(piece))
            else:
                pieces.append(escape(piece))
        parts.append(Markup(" ").join(pieces))
    return Markup("\n").join(parts)
