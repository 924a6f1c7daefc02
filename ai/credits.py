"""What words cost, and how far a workspace may go in a month."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from ai.errors import CreditsUsedUp
from ai.models import Generation
from ai.querysets import GenerationQuerySet
from ai.wire import Ask, Usage
from billing import limits, standing
from billing.plans import What

TICKS_A_DOLLAR = 10_000_000_000
BYTES_A_TOKEN = 3  # rather too many tokens than too few, in scripts of several bytes a letter as well
PICTURE_TOKENS = 1500


@dataclass(frozen=True)
class Price:
    """Ticks for one token: 1e-10 dollars, so a dollar for a million is 10,000."""

    into: float
    cached: float
    out: float


@dataclass(frozen=True)
class Meter:
    """How much of the month's credits is used."""

    used: int
    allowed: int
    renews_at: datetime

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)

    @property
    def tone(self) -> str:
        """How it is coloured."""
        return "bad" if not self.left else "warn" if self.left * 10 < self.allowed else ""


@lru_cache(maxsize=8)
def _prices(entries: tuple[str, ...]) -> dict[str, Price]:
    found = {}
    for entry in entries:
        model, _, amounts = entry.partition("=")
        into, cached, out = (float(amount) * TICKS_A_DOLLAR / 1_000_000 for amount in amounts.split("/"))
        found[model.strip()] = Price(into, cached, out)
    return found


def price_of(model: str) -> Price:
    known = _prices(tuple(settings.AI_PRICES))
    return known.get(model) or known.get("*") or Price(0, 0, 0)


def cost(usage: Usage, model: str) -> tuple[int, bool]:
    """Ticks, and whether that is an estimate of ours because the service does not say."""
    if usage.ticks is not None:
        return usage.ticks, False
    price = price_of(model)
    fresh = max(0, usage.into - usage.cached)
    return int(fresh * price.into + usage.cached * price.cached + (usage.out + usage.reasoning) * price.out), True


def in_credits(ticks: int) -> int:
    """Every answer costs at least one."""
    return max(1, -(-ticks // int(settings.AI_CREDIT_USD * TICKS_A_DOLLAR)))


def guessed_usage(ask: Ask, written: str) -> Usage:
    """For an answer that was stopped or broke off before the service said what it took."""
    pictures = PICTURE_TOKENS * ask.pictures
    return Usage(
        into=ask.size // BYTES_A_TOKEN + pictures,
        out=-(-len(written.encode("utf-8", "surrogatepass")) // BYTES_A_TOKEN),
    )


def estimate(ask: Ask, again: Ask, model: str) -> int:
    """Credits that a task can cost this model at most: an answer of full length, and `again`, its one repair, which reads that
    answer besides and may be as long."""
    first, second, price = guessed_usage(ask, ""), guessed_usage(again, ""), price_of(model)
    read, written = first.into + second.into + ask.max_tokens, ask.max_tokens + again.max_tokens
    return in_credits(int(read * price.into + written * price.out))


def month_began(workspace: Workspace, now: datetime) -> datetime:
    """Months are those of the workspace's zone."""
    local = now.astimezone(workspace.tz)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _since(workspace: Workspace, began: datetime) -> GenerationQuerySet:
    return GenerationQuerySet(Generation).in_workspace(workspace.pk).since(began)


def meter(workspace: Workspace) -> Meter:
    """How much is used, with what is set aside for generations that still run: of the plan's credits or of what the
    installation lets one workspace use, whichever ends first."""
    return min((each for each in (_own(workspace), _of_plan(workspace)) if each), key=lambda each: each.left)


def _of_plan(workspace: Workspace) -> Meter | None:
    """None where the plan does not limit them."""
    use = limits.use_of(workspace, What.AI_CREDITS)
    return None if use.most is None else Meter(use.used, use.most, standing.of(workspace).period_end)


def _own(workspace: Workspace) -> Meter:
    now = timezone.now()
    began = month_began(workspace, now)
    used = _since(workspace, began).credits_used()
    next_month = began.replace(year=began.year + began.month // 12, month=began.month % 12 + 1)
    return Meter(used, settings.AI_MONTHLY_CREDITS, next_month)


def spent_by_task(workspace: Workspace) -> list[dict[str, Any]]:
    """What this month's credits went into, the dearest first."""
    began = month_began(workspace, timezone.now())
    return _since(workspace, began).by_task()


def require(workspace: Workspace, credits: int) -> Meter:
    """Raise CreditsUsedUp, or LimitReached with the way to a bigger plan, when `credits` more would be too many. Until the
    transaction ends nobody else of the workspace asks."""
    limits.require(workspace, What.AI_CREDITS, credits)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ai-credits:{workspace.pk}"])
    found = _own(workspace)
    if credits > found.left:
        day = f"{found.renews_at:%-d %B}"
        if found.left:
            needs = f"This could take {credits} credits, and {found.left} are left this month."
            raise CreditsUsedUp(f"{needs} Ask for something smaller, or wait until {day}.")
        raise CreditsUsedUp(f"The {found.allowed:,} AI credits of this month are used up. There are new ones on {day}.")
    return found
