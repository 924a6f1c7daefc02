"""What a run will do, decided by its seed before it starts: posts, changes to them, faults of the platform, and troubles."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from proof.chaos.platforms import KINDS, X

WORKSPACES = 6
SMALL = 200  # posts; below this fewer accounts are enough
OF_EACH = 2  # accounts of each platform in each workspace, where there are several platforms
FAULTED = 0.25  # of the calls that make something public
LEASE_SECONDS, CALL_SECONDS = 6, 2
# Faults of the platform, how often each is drawn, and how long it takes.
FAULTS: tuple[tuple[str, int, dict[str, float]], ...] = (
    ("accept_then_hang", 10, {}),
    ("accept_then_reset", 14, {}),
    ("accept_then_5xx", 10, {}),
    ("garbage_200", 6, {}),
    ("missing_id", 6, {}),
    ("reject_5xx", 10, {}),
    ("html_502", 6, {}),
    ("hang", 5, {}),
    ("reset", 8, {}),
    ("late_delivery", 8, {"seconds": 3.0}),
    ("rate_limit", 8, {"seconds": 2}),
    ("unauthorized", 2, {}),
    ("slow", 5, {"seconds": CALL_SECONDS / 2}),
    ("slow", 3, {"seconds": CALL_SECONDS * 1.3}),  # accepted when nobody listens any more
)
LATE_SECONDS = 4.5  # after this long everything that was delivered late has arrived
READ_FAULTS = ("reset", "reject_5xx", "html_502", "hang", "rate_limit")
# Where workers die, and how likely each time one passes; what is passed seldom is more deadly.
KILL_POINTS = {
    "after_claim": 0.05,
    "before_stash": 0.3,
    "after_stash": 0.3,
    "before_intent": 0.05,
    "after_intent": 0.08,
    "before_send": 0.05,
    "after_send": 0.06,
    "after_error": 0.2,
    "after_store": 0.06,
    "in_sweeper": 0.3,
    "in_reconciler": 0.15,
}


@dataclass(frozen=True)
class Change:
    """Something a person does to a post, at a moment of the run: edit, cancel, now."""

    at: float
    kind: str


@dataclass(frozen=True)
class PlannedPost:
    """One post. `due` None means now; `at` below zero means that it is written before the run starts."""

    number: int
    workspace: int
    accounts: tuple[int, ...]
    parts: int
    media: str
    at: float
    due: float | None
    changes: tuple[Change, ...]
    platform: str = X


@dataclass(frozen=True)
class PlannedFault:
    """A fault for the part whose text holds `token`; without one, for the account's next call."""

    token: str
    username: str
    kind: str
    params: dict[str, float]
    operation: str = "create_post"
    platform: str = X


@dataclass(frozen=True)
class Trouble:
    """Something that happens to a process at a moment of the run. `draw` (0 to 1) chooses which one, or how long."""

    at: float
    kind: str
    draw: float


@dataclass(frozen=True)
class Plan:
    seed: int
    seconds: float
    accounts_each: int  # of each workspace
    platforms: tuple[str, ...]
    posts: tuple[PlannedPost, ...]
    faults: tuple[PlannedFault, ...]
    read_faults: tuple[tuple[float, PlannedFault], ...]
    troubles: tuple[Trouble, ...]

    def platform_of(self, account: int) -> str:
        return platform_of(account, self.accounts_each, self.platforms)


def platform_of(account: int, accounts_each: int, platforms: Sequence[str]) -> str:
    """The accounts of a workspace take turns."""
    return platforms[account % accounts_each % len(platforms)]


def username(account: int) -> str:
    return f"chaos{account:02d}"


def token(number: int, part: int) -> str:
    """What makes the text of a part unlike every other; all versions of it carry the same."""
    return f"[c{number}.{part}]"


def make_plan(
    seed: int,
    seconds: float,
    *,
    per_second: float,
    servers: bool = False,
    every: float = 1.0,
    platforms: Sequence[str] = (X,),
) -> Plan:
    """The whole run. `servers`: whether PostgreSQL and Redis are the run's own and may be crashed; `every` stretches
    the time between troubles. Neither changes the posts."""
    draw = random.Random(seed)  # noqa: S311 - it has to repeat
    count = int(seconds * per_second)
    accounts_each = (10 if count > SMALL else 3) if len(platforms) == 1 else OF_EACH * len(platforms)
    posts = tuple(_post(draw, number, seconds, accounts_each, platforms) for number in range(1, count + 1))
    return Plan(
        seed=seed,
        seconds=seconds,
        accounts_each=accounts_each,
        platforms=tuple(platforms),
        posts=posts,
        faults=tuple(_faults(draw, posts)),
        read_faults=tuple(_read_faults(draw, seconds, platforms)),
        troubles=tuple(_troubles(draw, seconds, every, servers=servers)),
    )


def _post(
    draw: random.Random, number: int, seconds: float, accounts_each: int, platforms: Sequence[str]
) -> PlannedPost:
    workspace = draw.randrange(WORKSPACES)
    own: Sequence[int] = range(workspace * accounts_each, (workspace + 1) * accounts_each)
    slug = platforms[0]
    if len(platforms) > 1:  # a post is for accounts of one platform: what one takes another refuses
        slug = draw.choice(platforms)
        own = [account for account in own if platform_of(account, accounts_each, platforms) == slug]
    kind = KINDS[slug]
    accounts = tuple(sorted(draw.sample(own, min(len(own), draw.choice((1, 1, 1, 1, 1, 2, 3))))))
    is_now = draw.random() < 0.25
    moment = draw.uniform(0.5, seconds * 0.9)
    if draw.random() < 0.2:  # many at one instant
        moment = seconds * draw.choice((0.15, 0.4, 0.65))
    due = None if is_now else float(int(moment))
    return PlannedPost(
        number=number,
        workspace=workspace,
        accounts=accounts,
        parts=draw.choice(kind.parts),
        media=draw.choices(tuple(kind.media), tuple(kind.media.values()))[0],
        at=moment if is_now else -1.0,
        due=due,
        changes=tuple(_changes(draw, moment, is_now=is_now)),
        platform=slug,
    )


def _changes(draw: random.Random, moment: float, *, is_now: bool) -> list[Change]:
    """People who change their mind around the time at which it goes out."""
    if draw.random() > 0.15:
        return []
    kind = draw.choice(("edit", "edit", "cancel") if is_now else ("edit", "edit", "cancel", "now"))
    around = moment + (draw.uniform(0.0, 0.6) if is_now else draw.uniform(-0.5, 0.7))
    return [Change(max(0.1, around), kind)]


def _faults(draw: random.Random, posts: tuple[PlannedPost, ...]) -> list[PlannedFault]:
    weights = [weight for _, weight, _ in FAULTS]
    found = []
    for post in posts:
        kind = KINDS[post.platform]
        for account in post.accounts:
            for part in range(1, post.parts + 1):
                if draw.random() < FAULTED:
                    name, _, params = draw.choices(FAULTS, weights)[0]
                    meant = token(post.number, part) if kind.has_text else ""
                    operation = kind.commits[0] if len(kind.commits) == 1 else draw.choice(kind.commits)
                    found.append(PlannedFault(meant, username(account), name, params, operation, post.platform))
    return found


def _read_faults(draw: random.Random, seconds: float, platforms: Sequence[str]) -> list[tuple[float, PlannedFault]]:
    """Reads and uploads fail too, about one a second, whoever asks next."""
    moments = sorted(draw.uniform(0, seconds * 0.95) for _ in range(int(seconds)))
    found = []
    for at in moments:
        slug = platforms[0] if len(platforms) == 1 else draw.choice(platforms)
        name = draw.choice(READ_FAULTS)
        found.append((at, PlannedFault("", "", name, {"seconds": 2}, draw.choice(KINDS[slug].reads), slug)))
    return found


# Kind -> seconds between two of them, on average. The lower half needs servers of the run's own.
EVERY = {"kill": 1.6, "stop": 7.0, "terminate": 5.0, "bell": 10.0, "visibility": 9.0, "flush": 8.0}
EVERY_OF_SERVERS = {"redis_stop": 20.0, "redis_kill": 25.0, "pg_crash": 20.0}


def _troubles(draw: random.Random, seconds: float, every: float, *, servers: bool) -> list[Trouble]:
    found = []
    for kind, apart in {**EVERY, **(EVERY_OF_SERVERS if servers else {})}.items():
        at = draw.uniform(0, apart * every)
        while at < seconds * 0.95:
            found.append(Trouble(at, kind, draw.random()))
            at += apart * every * draw.uniform(0.5, 1.5)
    return sorted(found, key=lambda trouble: trouble.at)
