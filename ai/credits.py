"""What words cost, and how far a workspace may go in a month."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
from billing import limits, packs, standing
from billing.errors import LimitReached
from billing.limits import Use
from billing.plans import What
from billing.standing import Standing
from multivio.errors import DomainError

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
    began: datetime
    renews_at: datetime
    is_of_plan: bool = False
    bought: int = 0  # beyond the month's, and how many of those are left

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)

    @property
    def total(self) -> int:
        return self.left + self.bought

    @property
    def tone(self) -> str:
        """How it is coloured."""
        return "bad" if not self.total else "warn" if self.left * 10 < self.allowed else ""


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
    """How much of the month's is used, with what is set aside for generations that still run: of the plan's credits or of what
    the installation lets one workspace use, whichever ends first. What was bought is beside it, and capped by neither."""
    found = standing.of(workspace)
    return replace(_tightest(_months(workspace, found)), bought=packs.left(workspace, found=found))


def _months(workspace: Workspace, found: Standing) -> list[Meter]:
    return [each for each in (_of_plan(workspace, found), _own(workspace)) if each]


def _tightest(meters: Iterable[Meter]) -> Meter:
    return min(meters, key=lambda each: each.left)


def _of_plan(workspace: Workspace, found: Standing) -> Meter | None:
    """None where the plan does not limit them."""
    use = limits.use_of(workspace, What.AI_CREDITS, found=found)
    if use.most is None:
        return None
    return Meter(use.used, use.most, found.period_start, found.period_end, is_of_plan=True)


def _own(workspace: Workspace) -> Meter:
    now = timezone.now()
    began = month_began(workspace, now)
    used = _since(workspace, began).credits_used()
    next_month = began.replace(year=began.year + began.month // 12, month=began.month % 12 + 1)
    return Meter(used, settings.AI_MONTHLY_CREDITS, began, next_month)


def spent_by_task(workspace: Workspace) -> list[dict[str, Any]]:
    """What this month's credits went into, the dearest first."""
    began = month_began(workspace, timezone.now())
    return _since(workspace, began).by_task()


def set_aside(workspace: Workspace, credits: int) -> int:
    """How many of `credits` are bought ones: the month's go first. Raise CreditsUsedUp, or LimitReached with the way to a bigger
    plan, when there are not so many. Until the transaction ends nobody else of the bill asks."""
    _lock(workspace)
    found = standing.of(workspace)
    months, bought = _months(workspace, found), packs.left(workspace, found=found)
    beyond = max(0, credits - _tightest(months).left)
    if beyond > bought:
        raise _refusal(workspace, credits, months, bought)
    return packs.use(workspace, beyond)


def require_some(workspace: Workspace) -> None:
    """Raise as `set_aside` does where nothing at all is left. Nothing is set aside."""
    found = standing.of(workspace)
    months, bought = _months(workspace, found), packs.left(workspace, found=found)
    if not _tightest(months).left and not bought:
        raise _refusal(workspace, 1, months, bought)


def settle(workspace: Workspace, row: Generation, spent: int) -> int:
    """How many of the credits that a generation has cost are bought ones, after others were set aside for it. As many of the
    month's as there are now go first; those that are taken from what was bought and not needed are given back."""
    if not settings.BILLING_ENABLED or (not row.bought and spent <= row.credits):
        return min(row.bought, spent)
    _lock(workspace)
    of_month, months = row.credits - row.bought, _months(workspace, standing.of(workspace))
    # A month that has begun since counts this one no more: its part stays what was set aside.
    room = min(each.allowed - each.used + of_month if row.created_at >= each.began else of_month for each in months)
    return packs.use(workspace, max(0, spent - max(0, room)), before=row.bought)


def _lock(workspace: Workspace) -> None:
    packs.lock(workspace)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ai-credits:{workspace.pk}"])


def _refusal(workspace: Workspace, credits: int, months: list[Meter], bought: int) -> DomainError:
    """By the plan, if that is what ends first; the installation's own limit has no bigger plan to offer."""
    way, where = _more(workspace)
    found = replace(_tightest(months), bought=bought)
    if found.is_of_plan:
        error = limits.refusal(workspace, Use(What.AI_CREDITS, found.used, found.allowed), credits)
        return LimitReached(f"{error.message}{way}", extra={**error.extra, **where})
    day = f"{found.renews_at:%-d %B}"
    if found.total:
        are_left = f"{found.left} are left this month" + (f" and {found.bought} bought ones" if found.bought else "")
        needs = f"This could take {credits} credits, and {are_left}."
        return CreditsUsedUp(f"{needs} Ask for something smaller, or wait until {day}.{way}", extra=where)
    used_up = f"The {found.allowed:,} AI credits of this month are used up. There are new ones on {day}."
    return CreditsUsedUp(f"{used_up}{way}", extra=where)


def _more(workspace: Workspace) -> tuple[str, dict[str, str]]:
    """The way to credits beyond the month's, where they are sold: a sentence, and an address for a button."""
    if not settings.BILLING_ENABLED or standing.of(workspace).workspace_id != workspace.pk:
        return "", {}  # nothing is sold, or somebody else pays and buys
    return " Or buy credits: they do not end with the month.", {
        "credits_url": f"{limits.upgrade_url(workspace)}#credits"
    }
