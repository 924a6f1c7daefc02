"""The public face of Instagram in the sandbox: a feed, profiles, single posts and the files they show."""

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.feed import Author, Conversation, Count, Entry, Feed, Picture, Profile, show
from sandbox.growth import between, share_reached
from sandbox.pages import sorry
from sandbox.platforms import containers
from sandbox.platforms.instagram import consent, identity, posts, support
from sandbox.platforms.instagram.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

PAGE_SIZE = 30
HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}


def routes(world: World) -> list[Route]:
    async def home(request: Request) -> Response:
        return _timeline(world, request, None)

    async def profile(request: Request) -> Response:
        account = world.accounts.by_username(SLUG, request.path_params["username"])
        return _gone() if account is None else _timeline(world, request, account)

    async def post(request: Request) -> Response:
        sql = f"{posts.SELECT} and shortcode = ?"
        return _post(world, world.store.one(sql, [request.path_params["shortcode"]]))

    async def story(request: Request) -> Response:
        return _post(world, posts.find(world, str(request.path_params["id"])))

    async def file(request: Request) -> Response:
        row = containers.find(world, SLUG, str(request.path_params["id"]))
        if row is None or not row["media_type"]:
            return _gone()
        return FileResponse(containers.blob(world, SLUG, row["id"]), media_type=row["media_type"], headers=HEADERS)

    return [
        *consent.routes(world),
        Route("/media/{id:int}", file),
        Route("/p/{shortcode}/", post),
        Route("/reel/{shortcode}/", post),
        Route("/stories/{username}/{id:int}", story),
        Route("/", home),
        Route("/{username}", profile),
    ]


def _timeline(world: World, request: Request, account: Account | None) -> Response:
    before = request.query_params.get("before", "")
    rows = world.store.all(
        f"{posts.SELECT} and (? is null or owner_id = ?) and (? is null or id < ?) order by id desc limit ?",
        [
            *(account and account.id, account and account.id),
            *([int(before) if before.isdigit() else None] * 2),
            PAGE_SIZE + 1,
        ],
    )
    home = "/instagram" if account is None else f"/instagram/{account.username}"
    feed = Feed(
        platform="Instagram",
        look="instagram",
        home="/instagram",
        title="Latest" if account is None else account.name,
        conversations=[_conversation(world, row) for row in rows[:PAGE_SIZE]],
        people=[_author(one) for one in world.accounts.all(SLUG)],
        profile=None if account is None else _profile(world, account),
        older=f"{home}?before={rows[PAGE_SIZE - 1]['id']}" if len(rows) > PAGE_SIZE else "",
    )
    return show(feed)


def _post(world: World, row: Row | None) -> Response:
    if row is None:
        return _gone()
    feed = Feed(
        platform="Instagram",
        look="instagram",
        home="/instagram",
        title=f"{identity.account(world, row['owner_id']).name} on Instagram",
        conversations=[_conversation(world, row)],
        people=[_author(one) for one in world.accounts.all(SLUG)],
        focus=_url(world, row),
    )
    return show(feed)


def _gone() -> Response:
    words = "The link may be broken, or the page may have been removed."
    return sorry("Sorry, this page isn't available", words, status=404)


def _author(account: Account) -> Author:
    avatar = f"/avatars/instagram/{account.username}.png"
    return Author(account.name, f"@{account.username}", avatar, f"/instagram/{account.username}")


def _profile(world: World, account: Account) -> Profile:
    row = identity.row(world, account.id)
    sql = "select count(*) from ig_media where owner_id = ? and deleted_at is null"
    posted = world.store.scalar(sql, [account.id])
    about = {"BUSINESS": "Business", "MEDIA_CREATOR": "Creator"}.get(row["account_type"] if row else "", "Personal")
    followers = str(row["followers"]) if row else "0"
    return Profile(_author(account), about, (("Posts", str(posted)), ("Followers", followers), ("Id", account.id)))


def _conversation(world: World, row: Row) -> Conversation:
    said = world.store.all(
        "select * from ig_comment where media_id = ? and deleted_at is null order by id", [row["id"]]
    )
    return Conversation([_entry(world, row), *(_comment(world, row, one) for one in said)])


def _entry(world: World, row: Row) -> Entry:
    details = containers.details(row)
    labels = [{"REELS": "Reel", "STORIES": "Story"}[row["kind"]]] if row["kind"] in ("REELS", "STORIES") else []
    if str(details.get("is_ai_generated", "")).lower() == "true":
        labels.append("AI info")
    return Entry(
        author=_author(identity.account(world, row["owner_id"])),
        text=Markup(escape(row["caption"])),  # noqa: S704 - escaped
        at=row["created_at"],
        now=world.clock.now(),
        url=_url(world, row),
        pictures=[_picture(one) for one in support.items(world, row)],
        counts=_counts(world, row),
        labels=labels,
    )


def _picture(row: Row) -> Picture:
    kind = "video" if str(row["media_type"]).startswith("video/") else "photo"
    return Picture(f"/instagram/media/{row['id']}", kind, str(containers.details(row).get("alt_text") or ""))


def _comment(world: World, post: Row, row: Row) -> Entry:
    return Entry(
        author=_author(identity.account(world, row["account_id"])),
        text=Markup(escape(row["message"])),  # noqa: S704 - escaped
        at=row["created_at"],
        now=world.clock.now(),
        url=f"{_url(world, post)}?comment={row['id']}",
        labels=["Comment"],
    )


def _counts(world: World, row: Row) -> list[Count]:
    seed = str(row["id"])
    reach = between(f"{seed}/reach", 90, 9000) * share_reached(seed, world.clock.now() - row["created_at"])
    sql = "select count(*) from ig_comment where media_id = ? and deleted_at is null"
    return [
        Count("like", "likes", int(reach * 0.05)),
        Count("reply", "comments", world.store.scalar(sql, [row["id"]])),
        Count("view", "views", int(reach * 1.3)),
    ]


def _url(world: World, row: Row) -> str:
    return posts.permalink(world, row).removeprefix(world.base_url)
