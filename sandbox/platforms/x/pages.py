"""The public face of X in the sandbox: timelines, posts, and the uploaded bytes."""

from collections.abc import Sequence

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.feed import Author, Choice, Conversation, Count, Entry, Feed, Picture, Profile, show
from sandbox.pages import sorry
from sandbox.platforms.x import consent, media, metrics, text, views
from sandbox.platforms.x.files import kind_of
from sandbox.store import Row
from sandbox.world import World

PAGE_SIZE = 30
SHOWN_REPLIES = 6
SELECT = (
    "select p.*, a.username, a.name from x_post p join account a on a.platform = 'x' and a.id = p.account_id"
    " where p.deleted_at is null and p.replaced_by is null"
)
# Answers to oneself are shown under what they answer, so they do not stand alone in a timeline.
STANDS_ALONE = (
    " and not exists (select 1 from x_post parent where parent.id = p.reply_to"
    " and parent.account_id = p.account_id and parent.deleted_at is null)"
)


def routes(world: World) -> list[Route]:
    async def home(request: Request) -> Response:
        return _timeline(world, request, None)

    async def profile(request: Request) -> Response:
        account = world.accounts.by_username("x", request.path_params["username"])
        if account is None:
            return sorry("This account doesn't exist", "Try another name.", status=404)
        return _timeline(world, request, account)

    async def status(request: Request) -> Response:
        return _status(world, int(request.path_params["id"]))

    async def anonymous_status(request: Request) -> Response:
        row = _find(world, int(request.path_params["id"]))
        return _gone() if row is None else RedirectResponse(f"/x/{row['username']}/status/{row['id']}")

    async def file(request: Request) -> Response:
        return _file(world, request.path_params["name"])

    return [
        *consent.routes(world),
        Route("/i/web/status/{id:int}", anonymous_status),
        Route("/media/{name}", file),
        Route("/{username}/status/{id:int}", status),
        Route("/{username}/status/{id:int}/photo/{n:int}", status),
        Route("/{username}/status/{id:int}/video/{n:int}", status),
        Route("/", home),
        Route("/{username}", profile),
    ]


def _timeline(world: World, request: Request, account: Account | None) -> Response:
    before = request.query_params.get("before", "")
    rows = world.store.all(
        f"{SELECT}{STANDS_ALONE} and (? is null or p.account_id = ?) and (? is null or p.id < ?)"
        " order by p.created_at desc, p.id desc limit ?",
        [account and account.id] * 2 + [int(before) if before.isdigit() else None] * 2 + [PAGE_SIZE + 1],
    )
    home = "/x" if account is None else f"/x/{account.username}"
    feed = Feed(
        platform="X",
        home="/x",
        title="Latest" if account is None else account.name,
        conversations=[_conversation(world, row) for row in rows[:PAGE_SIZE]],
        people=[_author(one) for one in world.accounts.all("x")],
        profile=None if account is None else _profile(world, account),
        older=f"{home}?before={rows[PAGE_SIZE - 1]['id']}" if len(rows) > PAGE_SIZE else "",
    )
    return show(feed)


def _status(world: World, post_id: int) -> Response:
    """One post between what it answers and what answers it."""
    row = _find(world, post_id)
    if row is None:
        return _gone()
    above: list[Row] = []
    parent = row["reply_to"]
    while parent is not None and (found := _find(world, parent)) is not None:
        above.insert(0, found)
        parent = found["reply_to"]
    thread = [*above, row, *_own_replies(world, row)]
    others = world.store.all(
        f"{SELECT} and p.reply_to = ? and p.account_id <> ? order by p.id", [post_id, row["account_id"]]
    )
    feed = Feed(
        platform="X",
        home="/x",
        title=f"{row['name']} on X",
        conversations=[
            Conversation([_entry(world, one) for one in thread]),
            *(Conversation([_entry(world, one)]) for one in others),
        ],
        people=[_author(one) for one in world.accounts.all("x")],
        focus=f"/x/{row['username']}/status/{post_id}",
    )
    return show(feed)


def _conversation(world: World, row: Row) -> Conversation:
    replies = _own_replies(world, row)
    shown = [row, *replies[:SHOWN_REPLIES]]
    return Conversation([_entry(world, one) for one in shown], hidden=len(replies[SHOWN_REPLIES:]))


def _own_replies(world: World, row: Row) -> list[Row]:
    """The thread: the author's replies to this post and to those replies, oldest first."""
    same = world.store.all(
        f"{SELECT} and p.conversation_id = ? and p.account_id = ? and p.id > ? order by p.id",
        [row["conversation_id"], row["account_id"], row["id"]],
    )
    inside = {row["id"]}
    thread = []
    for one in same:
        if one["reply_to"] in inside:
            inside.add(one["id"])
            thread.append(one)
    return thread


def _find(world: World, post_id: int) -> Row | None:
    return world.store.one(f"{SELECT.replace(' and p.replaced_by is null', '')} and p.id = ?", [post_id])


def _gone() -> Response:
    return sorry("Hmm… this post doesn't exist", "It was deleted, or it never was.", status=404)


def _author(account: Account) -> Author:
    return Author(
        name=account.name,
        handle=f"@{account.username}",
        avatar_url=f"/avatars/x/{account.username}.png",
        url=f"/x/{account.username}",
        is_verified=account.tier == "premium",
    )


def _profile(world: World, account: Account) -> Profile:
    posted = world.store.scalar("select count(*) from x_post where account_id = ? and deleted_at is null", [account.id])
    tier = "Premium" if account.tier == "premium" else "Ordinary"
    return Profile(_author(account), f"{tier} account", (("Posts", str(posted)), ("Id", account.id)))


def _entry(world: World, row: Row) -> Entry:
    account = world.accounts.get("x", row["account_id"])
    assert account is not None  # noqa: S101 - joined in the query
    parent = None if row["reply_to"] is None else _find(world, row["reply_to"])
    is_to_other = parent is not None and parent["account_id"] != row["account_id"]
    choices, poll_note = _poll(world, row)
    return Entry(
        author=_author(account),
        text=_linked(row["text"]),
        at=row["created_at"],
        now=world.clock.now(),
        url=f"/x/{row['username']}/status/{row['id']}",
        pictures=[_picture(one) for one in views.attached(world, row["id"])],
        choices=choices,
        poll_note=poll_note,
        counts=_counts(world, row),
        replying_to=f"@{parent['username']}" if parent is not None and is_to_other else "",
        labels=["Edited"] if row["previous_id"] else [],
    )


def _counts(world: World, row: Row) -> Sequence[Count]:
    replies = views.replies(world, row["id"])
    numbers = metrics.public(row, world.clock.now(), real_replies=replies, repost_key="repost_count")
    return [
        Count("reply", "replies", numbers["reply_count"]),
        Count("repost", "reposts", numbers["repost_count"]),
        Count("like", "likes", numbers["like_count"]),
        Count("view", "views", numbers["impression_count"]),
    ]


def _poll(world: World, row: Row) -> tuple[list[Choice], str]:
    found = views.poll(world, row)
    if found is None:
        return [], ""
    total = sum(option["votes"] for option in found["options"])
    choices = [
        Choice(option["label"], option["votes"], round(100 * option["votes"] / total) if total else 0)
        for option in found["options"]
    ]
    return choices, f"{total} votes · {'open' if found['voting_status'] == 'open' else 'final results'}"


def _picture(row: Row) -> Picture:
    name = f"{media.media_key(row)}.{media.EXTENSIONS.get(row['media_type'], 'bin')}"
    kind = {"image": "photo"}.get(kind_of(row["category"]), kind_of(row["category"]))
    return Picture(f"/x/media/{name}", kind, row["alt_text"] or "", row["width"], row["height"])


def _linked(words: str) -> Markup:
    """The text with links, tags and names marked up."""
    found = [(start, end, url if "://" in url else f"http://{url}") for start, end, url in text.find_urls(words)]
    taken = [(start, end) for start, end, _ in found]
    for pattern, target in ((text.MENTION, "/x/{}"), (text.HASHTAG, ""), (text.CASHTAG, "")):
        for match in pattern.finditer(words):
            if not any(start <= match.start() < end for start, end in taken):
                found.append((match.start(), match.end(), target.format(match[1])))
    parts, position = [], 0
    for start, end, target in sorted(found):
        parts.append(escape(words[position:start]))
        shown = text.display_url(words[start:end]) if "://" in target else words[start:end]
        if target:
            parts.append(Markup('<a href="{}" rel="nofollow noreferrer">{}</a>').format(target, shown))
        else:
            parts.append(Markup('<span class="tag">{}</span>').format(shown))
        position = end
    return Markup("").join([*parts, escape(words[position:])])


def _file(world: World, name: str) -> Response:
    key = name.partition(".")[0].rpartition("_")[2]
    row = media.find(world, int(key)) if key.isdigit() else None
    if row is None or row["state"] == "uploading":
        return sorry("No such file", "It was never uploaded, or it is gone.", status=404)
    headers = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}
    return FileResponse(media.blob(world, row["id"]), media_type=row["media_type"], headers=headers)
