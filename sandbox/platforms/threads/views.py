"""The public face of Threads in the sandbox: profiles, threads with their replies, and the pictures and videos."""

import json
from collections.abc import Sequence

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.feed import Author, Choice, Conversation, Count, Entry, Feed, Picture, Profile, show
from sandbox.growth import between
from sandbox.pages import sorry
from sandbox.platforms import containers
from sandbox.platforms.threads import consent, identity, insights, posts, text
from sandbox.platforms.threads.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

PAGE_SIZE = 30
SHOWN_REPLIES = 2
HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}
AUDIENCES = {
    "accounts_you_follow": "Profiles they follow can reply",
    "mentioned_only": "Mentioned profiles can reply",
    "parent_post_author_only": "The author above can reply",
    "followers_only": "Followers can reply",
}


def routes(world: World) -> list[Route]:
    async def home(request: Request) -> Response:
        return _timeline(world, request, None)

    async def profile(request: Request) -> Response:
        account = world.accounts.by_username(SLUG, request.path_params["username"])
        return _gone() if account is None else _timeline(world, request, account)

    async def post(request: Request) -> Response:
        row = posts.by_shortcode(world, request.path_params["code"])
        return _gone() if row is None else _post(world, row)

    async def file(request: Request) -> Response:
        row = containers.find(world, SLUG, str(request.path_params["id"]))
        if row is None or row["sha256"] is None:
            return _gone()
        kept = containers.blob(world, SLUG, row["id"])
        return FileResponse(kept, media_type=row["media_type"], headers=HEADERS)

    return [
        *consent.routes(world),
        Route("/media/{id:int}.{form}", file),
        Route("/@{username}/post/{code}", post),
        Route("/", home),
        Route("/@{username}", profile),
    ]


def _timeline(world: World, request: Request, account: Account | None) -> Response:
    before = request.query_params.get("before", "")
    rows = world.store.all(
        f"{posts.SELECT} and reply_to is null and (? is null or account_id = ?) and (? is null or id < ?)"
        " order by created_at desc, id desc limit ?",
        [
            *(account and account.id, account and account.id),
            *([int(before) if before.isdigit() else None] * 2),
            PAGE_SIZE + 1,
        ],
    )
    home = "/threads" if account is None else _home(account)
    return show(
        Feed(
            platform="Threads",
            home="/threads",
            title="For you" if account is None else account.name,
            conversations=[_conversation(world, row, most=SHOWN_REPLIES) for row in rows[:PAGE_SIZE]],
            people=_people(world),
            profile=None if account is None else _profile(world, account),
            older=f"{home}?before={rows[PAGE_SIZE - 1]['id']}" if len(rows) > PAGE_SIZE else "",
            look="threads",
        )
    )


def _post(world: World, row: Row) -> Response:
    root = posts.find(world, str(row["root_id"])) or row
    return show(
        Feed(
            platform="Threads",
            home="/threads",
            title=f"{identity.account(world, row['account_id']).name} on Threads",
            conversations=[_conversation(world, root, most=500)],
            people=_people(world),
            focus=_url(world, row),
            look="threads",
        )
    )


def _gone() -> Response:
    return sorry("Not all who wander are lost, but this page is", "The link is broken, or it was removed.", status=404)


def _people(world: World) -> list[Author]:
    return [_author(account) for account in world.accounts.all(SLUG)]


def _home(account: Account) -> str:
    return f"/threads/@{account.username}"


def _author(account: Account) -> Author:
    return Author(
        name=account.username,
        handle=account.name,
        avatar_url=f"/avatars/threads/{account.username}.png",
        url=_home(account),
    )


def _profile(world: World, account: Account) -> Profile:
    followers = int(between(f"{account.id}/followers", 120, 48_000))
    posted = world.store.scalar(
        "select count(*) from th_post where account_id = ? and deleted_at is null", [account.id]
    )
    author = Author(account.name, f"@{account.username}", f"/avatars/threads/{account.username}.png", _home(account))
    return Profile(author, f"{followers:,} followers", (("Threads", str(posted)), ("Id", account.id)))


def _conversation(world: World, root: Row, *, most: int) -> Conversation:
    rows = posts.chain(world, root["id"])
    shown = rows[: most + 1]
    return Conversation([_entry(world, row) for row in shown], hidden=len(rows) - len(shown))


def _entry(world: World, row: Row) -> Entry:
    said = json.loads(row["details"])
    labels = [said["topic"]] if said.get("topic") else []
    labels += [AUDIENCES[said["reply_control"]]] if said.get("reply_control") in AUDIENCES else []
    words = row["text"]
    if said.get("link") and said["link"] not in words:
        words = f"{words}\n\n{said['link']}".strip()
    return Entry(
        author=_author(identity.account(world, row["account_id"])),
        text=_linked(words),
        at=row["created_at"],
        now=world.clock.now(),
        url=_url(world, row),
        pictures=_pictures(world, row),
        choices=[Choice(label, 0, 0) for label in said.get("poll", ())],
        poll_note="Nobody has voted yet" if said.get("poll") else "",
        counts=_counts(world, row),
        labels=[*labels, "Quote"] if said.get("quote") else labels,
    )


def _counts(world: World, row: Row) -> Sequence[Count]:
    return [
        Count("like", "likes", insights.number(world, row, "likes")),
        Count("reply", "replies", insights.number(world, row, "replies")),
        Count("repost", "reposts", insights.number(world, row, "reposts")),
        Count("view", "views", insights.number(world, row, "views")),
    ]


def _pictures(world: World, row: Row) -> list[Picture]:
    return [
        Picture(
            posts.file_url(world, one).removeprefix(world.base_url),
            "video" if one["kind"] == "VIDEO" else "photo",
            containers.details(one)["alt_text"],
        )
        for one in posts.children_of(world, row)
    ]


def _url(world: World, row: Row) -> str:
    return posts.permalink(world, row).removeprefix(world.base_url)


def _linked(words: str) -> Markup:
    parts: list[Markup] = []
    at = 0
    for found in text.LINK.finditer(words):
        parts += [escape(words[at : found.start()])]
        shown = found[0].partition("://")[2]
        parts += [Markup('<a href="{}" rel="nofollow noreferrer">{}</a>').format(found[0], shown)]
        at = found.end()
    return Markup("").join([*parts, escape(words[at:])])
