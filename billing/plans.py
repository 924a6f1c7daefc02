"""What is sold, as data. The one place where a plan, its price and what it allows are written down.

Prices at Stripe are found by their lookup key (`team_monthly_v1`), never by an id. A new price is a new version: whoever
subscribed to the old one keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models

GB = 1000**3


class What(StrEnum):
    """What a plan limits."""

    CONNECTIONS = "connections"
    MEMBERS = "members"
    WORKSPACES = "workspaces"
    SCHEDULED_POSTS = "scheduled_posts"
    X_POSTS = "x_posts"
    STORAGE = "storage"
    AI_CREDITS = "ai_credits"
    API = "api"
    APPROVAL = "approval"


@dataclass(frozen=True)
class Measure:
    """How a limit is counted and said. `monthly` ones begin again with the period; a feature is there or it is not."""

    label: str
    one: str
    many: str
    monthly: bool = False
    is_feature: bool = False
    is_bytes: bool = False


MEASURES: Mapping[What, Measure] = {
    What.CONNECTIONS: Measure("Connections", "connection", "connections"),
    What.MEMBERS: Measure("Members", "member", "members"),
    What.WORKSPACES: Measure("Workspaces", "workspace", "workspaces"),
    What.SCHEDULED_POSTS: Measure("Scheduled posts", "scheduled post", "scheduled posts"),
    What.X_POSTS: Measure("Posts to X", "post to X a month", "posts to X a month", monthly=True),
    What.STORAGE: Measure("Media", "of media", "of media", is_bytes=True),
    What.AI_CREDITS: Measure("AI credits", "AI credit a month", "AI credits a month", monthly=True),
    What.API: Measure("API", "API access", "API access", is_feature=True),
    What.APPROVAL: Measure("Approval", "approval of posts", "approval of posts", is_feature=True),
}


class Interval(models.TextChoices):
    MONTH = "month", "Monthly"
    YEAR = "year", "Yearly"


@dataclass(frozen=True)
class Plan:
    """`prices` are in the smallest unit of the currency, and so is that of a seat: one member more than the plan has.

    A limit of None is no limit; features are 0 or None. Without prices of seats none can be bought. `history`: how many days back
    the past is shown; None: all of it. What is older is kept.
    """

    key: str
    name: str
    pitch: str
    prices: Mapping[str, int]
    limits: Mapping[What, int | None]
    rank: int
    seats: Mapping[str, int] = field(default_factory=dict)
    history: int | None = None

    @property
    def is_free(self) -> bool:
        return not self.prices

    def price_key(self, interval: str) -> str:
        return f"{self.key}_{_adverb(interval)}_v1"

    def seat_key(self, interval: str) -> str:
        return f"seat_{self.key}_{_adverb(interval)}_v1"


def _adverb(interval: str) -> str:
    return "monthly" if interval == Interval.MONTH else "yearly"


_COUNTED = (
    What.CONNECTIONS, What.MEMBERS, What.WORKSPACES, What.SCHEDULED_POSTS, What.X_POSTS, What.STORAGE, What.AI_CREDITS,
)  # fmt: skip


def _limits(*numbers: int | None, api: bool, approval: bool) -> Mapping[What, int | None]:
    """In the order of _COUNTED."""
    features: dict[What, int | None] = {What.API: None if api else 0, What.APPROVAL: None if approval else 0}
    return {**dict(zip(_COUNTED, numbers, strict=True)), **features}


FREE = Plan(
    "free", "Free", "To try it out.", {}, _limits(2, 1, 1, 10, 5, GB // 2, 20, api=False, approval=False), rank=0,
    history=30,
)  # fmt: skip
CREATOR = Plan(
    "creator",
    "Creator",
    "One person and a colleague.",
    {Interval.MONTH: 1200, Interval.YEAR: 12000},
    _limits(8, 2, 1, 200, 60, 10 * GB, 300, api=True, approval=False),
    rank=1,
    history=365,
)
TEAM = Plan(
    "team",
    "Team",
    "A team with roles and approvals.",
    {Interval.MONTH: 2900, Interval.YEAR: 29000},
    _limits(20, 10, 3, 1000, 300, 50 * GB, 2000, api=True, approval=True),
    rank=2,
    seats={Interval.MONTH: 400, Interval.YEAR: 4000},
    history=730,
)
AGENCY = Plan(
    "agency",
    "Agency",
    "Many clients, one bill.",
    {Interval.MONTH: 8900, Interval.YEAR: 89000},
    _limits(80, 40, 25, None, 1500, 250 * GB, 8000, api=True, approval=True),
    rank=3,
    seats={Interval.MONTH: 300, Interval.YEAR: 3000},
)
# What a workspace has where nothing is sold.
UNLIMITED = Plan("unlimited", "Everything", "", {}, dict.fromkeys(What), rank=9)
PLANS: Mapping[str, Plan] = {plan.key: plan for plan in (FREE, CREATOR, TEAM, AGENCY)}
FOR_SALE = tuple(plan for plan in PLANS.values() if not plan.is_free)
MOST_SEATS = 500  # that are bought at once without talking to anybody
_BY_SEAT_PRICE = {plan.seat_key(interval): plan for plan in FOR_SALE for interval in plan.seats}
_BY_PRICE = {plan.price_key(interval): plan for plan in FOR_SALE for interval in plan.prices}


@dataclass(frozen=True)
class Pack:
    """AI credits that are bought once. One that is not sold any more stays here, since somebody may just be paying for it."""

    key: str
    credits: int
    price: int
    is_sold: bool = True

    @property
    def price_key(self) -> str:
        return f"{self.key}_v1"

    @property
    def name(self) -> str:
        return f"{self.credits:,} AI credits"


PACKS = (Pack("credits_1000", 1000, 400), Pack("credits_5000", 5000, 1500))


@dataclass(frozen=True)
class Metered:
    """What is paid one by one beyond the plan: X's own price, handed on. `price` is of one; `most` is the highest cap."""

    event: str
    product: str
    price_key: str
    name: str
    price: int
    most: int


X_POSTS = Metered("x_posts", "multivio_x_posts", "x_posts_metered_v1", "Posts to X beyond the plan", 2, 100_000)


def pack_of_price(lookup_key: str) -> Pack | None:
    return next((each for each in PACKS if each.price_key == lookup_key), None)


def plan_of_price(lookup_key: str) -> Plan | None:
    """The plan that a price of ours is for; None for one we do not know."""
    return _BY_PRICE.get(lookup_key)


def is_seat(lookup_key: str) -> bool:
    """Whether a price is one of a seat of ours."""
    return lookup_key in _BY_SEAT_PRICE


def that_has(what: What, wanted: int) -> Plan | None:
    """The smallest plan on sale that allows so many, for the way out of a limit."""
    fits = (plan for plan in FOR_SALE if (most := plan.limits[what]) is None or most >= wanted)
    return next(fits, None)


def amount(what: What, number: int) -> str:
    """A number of something as people read it: 3, or 1.2 GB."""
    if not MEASURES[what].is_bytes:
        return f"{number:,}"
    return f"{number / GB:.1f} GB".replace(".0 GB", " GB") if number >= GB else f"{number / 1000**2:.0f} MB"
