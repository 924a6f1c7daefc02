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
LETTERS_A_TOKEN = 3  # rather too many tokens than too few
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
    pictures = PICTURE_TOKENS * sum(isinstance(message["content"], list) for message in ask.messages)
    return Usage(into=ask.letters // LETTERS_A_TOKEN + pictures, out=-(-len(written) // LETTERS_A_TOKEN))


def estimate(ask: Ask, model: str) -> int:
    """Credits that the answer can cost at most, one repair not counted."""
    usage = guessed_usage(ask, "")
    price = price_of(model)
    return in_credits(int(usage.into * price.into + ask.max_tokens * price.out))


def month_began(workspace: Workspace, now: datetime) -> datetime:
    """Months are those of the workspace's zone."""
    local = now.astimezone(workspace.tz)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _since(workspace: Workspace, began: datetime) -> GenerationQuerySet:
    return GenerationQuerySet(Generation).in_workspace(workspace.pk).since(began)


def meter(workspace: Workspace) -> Meter:
    """How much is used, with what is set aside for generations that still run: of the plan's, or where nothing is sold, of
    AI_MONTHLY_CREDITS."""
    if settings.BILLING_ENABLED:
        use = limits.use_of(workspace, What.AI_CREDITS)
        if use.most is not None:
            return Meter(use.used, use.most, standing.of(workspace).period_end)
    now = timezone.now()
    began = month_began(workspace, now)
    used = _since(workspace, began).credits_used()
    next_month = began.replace(year=began.year + began.month // 12, month=began.month % 12 + 1)
    return Meter(used, settings.AI_MONTHLY_CREDITS, next_month)


def spent_by_task(workspace: Workspace) -> list[dict[str, Any]]:
    """What this month's credits went into, the dearest first."""
    began = month_began(workspace, timezone.now())
    return _since(workspace, began).by_task()


def set_aside(workspace: Workspace, credits: int) -> None:
    """Raise CreditsUsedUp, or LimitReached with the way to a larger plan, when `credits` more would be too many. Until the
    transaction ends nobody else of the workspace asks."""
    if settings.BILLING_ENABLED:
        limits.take(workspace, What.AI_CREDITS, credits)
        return
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ai-credits:{workspace.pk}"])
    found = meter(workspace)
    if credits > found.left:
        day = f"{found.renews_at:%-d %B}"
        if found.left:
            needs = f"This could take {credits} credits, and {found.left} are left this month."
            raise CreditsUsedUp(f"{needs} Ask for something smaller, or wait until {day}.")
        raise CreditsUsedUp(f"The {found.allowed:,} AI credits of this month are used up. There are new ones on {day}.")


def settle(workspace: Workspace, *, aside: int, spent: int) -> None:
    """Give back to the plan what was set aside and not needed; what was needed beyond it counts as well."""
    if settings.BILLING_ENABLED:
        limits.give_back(workspace, What.AI_CREDITS, aside - spent)
