"""The public face of Facebook in the sandbox: timelines of Pages, posts with comments, stories, and the uploaded bytes."""

from collections.abc import Sequence

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.feed import Author, Conversation, Count, Entry, Feed, Picture, Profile, show
from sandbox.growth import between, share_reached
from sandbox.pages import sorry
from sandbox.platforms.facebook import comments, consent, identity, photos, posts, videos
from sandbox.platforms.facebook.identity import SLUG
from sandbox.store import Row
from sandbox.world import World

PAGE_SIZE = 30
SHOWN_COMMENTS = 3
HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}


def routes(world: World) -> list[Route]:
    async def home(request: Request) -> Response:
        return _timeline(world, request, None)

    async def profile(request: Request) -> Response:
        name = request.path_params["username"]
        account = world.accounts.by_username(SLUG, name) or world.accounts.get(SLUG, name)
        if account is None or identity.page_row(world, account.id) is None:
            return _by_post(world, name)
        return _timeline(world, request, account)

    async def post(request: Request) -> Response:
        return _post(world, request.path_params["id"])

    async def video(request: Request) -> Response:
        row = videos.find(world, str(request.path_params["id"]))
        return _gone() if row is None or not row["post_id"] else _post(world, row["post_id"])

    async def photo_file(request: Request) -> Response:
        row = photos.find(world, str(request.path_params["id"]))
        if row is None:
            return _gone()
        return FileResponse(photos.blob(world, row["id"]), media_type=row["media_type"], headers=HEADERS)

    async def video_file(request: Request) -> Response:
        row = videos.find(world, str(request.path_params["id"]))
        if row is None or not row["is_whole"]:
            return _gone()
        return FileResponse(videos.blob(world, row["id"]), media_type="video/mp4", headers=HEADERS)

    return [
        *consent.routes(world),
        Route("/media/photo-{id:int}.{form}", photo_file),
        Route("/media/video-{id:int}.mp4", video_file),
        Route("/stories/{id:int}", post),
        Route("/reel/{id:int}", video),
        Route("/{username}/posts/{id:int}", post),
        Route("/{username}/videos/{id:int}", video),
        Route("/", home),
        Route("/{username}", profile),
    ]


def _by_post(world: World, value: str) -> Response:
    """`/page_post`, the address that every post has besides its proper one."""
    row = posts.by_public_id(world, value) if "_" in value else None
    if row is None:
        return sorry(
            "This page isn't available", "The link may be broken, or the page may have been removed.", status=404
        )
    return RedirectResponse(posts.permalink(world, row))


def _timeline(world: World, request: Request, account: Account | None) -> Response:
    before = request.query_params.get("before", "")
    rows = world.store.all(
        f"{posts.SELECT} and (? is null or page_id = ?) and created_at <= ? and (? is null or id < ?)"
        " order by created_at desc, id desc limit ?",
        [
            *(account and account.id, account and account.id, world.clock.now()),
            *([int(before) if before.isdigit() else None] * 2),
            PAGE_SIZE + 1,
        ],
    )
    home = "/facebook" if account is None else f"/facebook/{account.username}"
    feed = Feed(
        platform="Facebook",
        home="/facebook",
        title="Latest" if account is None else account.name,
        conversations=[_conversation(world, row, most=SHOWN_COMMENTS) for row in rows[:PAGE_SIZE]],
        people=_people(world),
        profile=None if account is None else _profile(world, account),
        older=f"{home}?before={rows[PAGE_SIZE - 1]['id']}" if len(rows) > PAGE_SIZE else "",
    )
    return show(feed)


def _post(world: World, post_id: int) -> Response:
    row = posts.find(world, post_id)
    if row is None:
        return _gone()
    feed = Feed(
        platform="Facebook",
        home="/facebook",
        title=f"{identity.account(world, row['page_id']).name} on Facebook",
        conversations=[_conversation(world, row, most=500)],
        people=_people(world),
        focus=_url(world, row),
    )
    return show(feed)


def _gone() -> Response:
    return sorry("This content isn't available at the moment", "It was deleted, or it never was.", status=404)


def _people(world: World) -> list[Author]:
    rows = world.store.all("select id from fb_page order by id")
    return [_author(identity.account(world, row["id"])) for row in rows]


def _author(account: Account) -> Author:
    return Author(
        name=account.name,
        handle=f"@{account.username}",
        avatar_url=f"/avatars/facebook/{account.username}.png",
        url=f"/facebook/{account.username}",
    )


def _profile(world: World, account: Account) -> Profile:
    page = identity.page_row(world, account.id)
    posted = world.store.scalar("select count(*) from fb_post where page_id = ? and deleted_at is null", [account.id])
    return Profile(_author(account), page["category"] if page else "Page", (("Posts", str(posted)), ("Id", account.id)))


def _conversation(world: World, row: Row, *, most: int) -> Conversation:
    said = world.store.all("select * from fb_comment where post_id = ? and deleted_at is null order by id", [row["id"]])
    entries = [_entry(world, row), *(_comment(world, row, one) for one in said[:most])]
    return Conversation(entries, hidden=len(said[most:]))


def _entry(world: World, row: Row) -> Entry:
    account = identity.account(world, row["page_id"])
    labels = [{"reel": "Reel", "story": "Story"}[row["kind"]]] if row["kind"] in ("reel", "story") else []
    words = "\n\n".join(part for part in (row["message"], row["link"] or "") if part)
    return Entry(
        author=_author(account),
        text=_linked(words),
        at=row["created_at"],
        now=world.clock.now(),
        url=_url(world, row),
        pictures=_pictures(world, row),
        counts=_counts(world, row),
        labels=[*labels, "Edited"] if row["edited_at"] else labels,
    )


def _comment(world: World, post: Row, row: Row) -> Entry:
    account = identity.account(world, row["account_id"])
    shown = comments.described(world, row)
    return Entry(
        author=_author(account),
        text=_linked(row["message"]),
        at=row["created_at"],
        now=world.clock.now(),
        url=f"{_url(world, post)}?comment_id={shown['id']}",
        labels=["Comment"],
    )


def _counts(world: World, row: Row) -> Sequence[Count]:
    seed = str(row["id"])
    reach = between(f"{seed}/reach", 90, 9000) * share_reached(seed, world.clock.now() - row["created_at"])
    said = world.store.scalar("select count(*) from fb_comment where post_id = ?", [row["id"]])
    return [
        Count("like", "reactions", int(reach * 0.04)),
        Count("reply", "comments", said),
        Count("view", "views", int(reach)),
    ]


def _pictures(world: World, row: Row) -> list[Picture]:
    if row["video_id"]:
        return [Picture(f"/facebook/media/video-{row['video_id']}.mp4", "video", "")]
    return [
        Picture(photos.path(one), "photo", one["alt_text"] or "", one["width"], one["height"])
        for one in photos.of_post(world, row["id"])
    ]


def _url(world: World, row: Row) -> str:
    return posts.permalink(world, row).removeprefix(world.base_url)


def _linked(words: str) -> Markup:
    parts = []
    for piece in words.split(" "):
        if piece.startswith(("https://", "http://")):
            parts.append(Markup('<a href="{}" rel="nofollow noreferrer">{}</a>').format(piece, piece))
        else:
            parts.append(escape(piece))
    return Markup(" ").join(parts)
