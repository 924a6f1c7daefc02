"""How often something may be done. Every rate of the product is in RATES, and all of them are counted here.

A rate counts in a sliding window: Redis keeps two numbers per subject, what was used in this window and in the one before,
and the older one fades as the newer fills. So a rate costs the same whatever it allows, and there is no moment at which
everybody may start again. Several rates are asked in one script: either all of them take it or none.

Redis holds nothing that cannot be lost. While it does not answer, work goes on uncounted; guessing at passwords does not
(`strict`).
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import redis
import structlog
from django.conf import settings
from redis.commands.core import Script

from multivio.errors import DomainError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rate:
    """At most `amount` in any `seconds`, for each subject: a user, a key, an address, an account, a workspace."""

    name: str
    amount: int
    seconds: int
    sentence: str = "That was too often."
    strict: bool = False

    @property
    def current(self) -> "Rate":
        """As set by RATE_LIMITS."""
        amount, seconds = settings.RATE_LIMITS.get(self.name, (self.amount, self.seconds))
        return Rate(self.name, amount, seconds, self.sentence, self.strict)


_GUESSING = "There were too many tries."
RATES = {
    rate.name: rate
    for rate in (
        # the API: who calls by user or key; who is not let in by address
        Rate("api", 600, 60, "That were too many calls."),
        Rate("refused", 120, 60, "That were too many calls that could not be let in."),
        # what costs: for each person, and for the workspace as a whole
        Rate("uploads", 300, 3600, "That were too many uploads."),
        Rate("workspace-uploads", 1500, 3600, "This workspace had too many uploads."),
        Rate("publishing", 1000, 3600, "That were too many posts to send or schedule."),
        Rate("workspace-publishing", 5000, 3600, "This workspace had too many posts to send or schedule."),
        Rate("deletions", 200, 3600, "That were too many posts to delete."),
        Rate("workspace-deletions", 1000, 3600, "This workspace had too many posts to delete."),
        Rate("numbers", 1, 300, "These numbers were asked for a moment ago."),  # of each publication
        Rate("ai", 60, 600, "That were too many questions to Grok."),
        Rate("workspace-ai", 300, 600, "This workspace had too many questions to Grok."),
        # signing in: by address, by account and address, by account from everywhere; the second factor is counted by allauth
        Rate("sign-in", 60, 300, _GUESSING, strict=True),
        Rate("guesses", 10, 300, _GUESSING, strict=True),
        Rate("account-guesses", 50, 3600, _GUESSING, strict=True),
        # how often the trail notes that the same person, key or address was refused something
        Rate("refusals", 60, 3600),
        # mails that somebody can make us send to an address
        Rate("mails", 8, 3600, "That were too many mails.", strict=True),
    )
}


@dataclass(frozen=True)
class Count:
    """What a rate says of a subject now."""

    rate: Rate
    used: int
    is_open: bool
    wait_seconds: int  # until one more is allowed; 0 while it is
    reset_seconds: int  # until what was used has faded

    @property
    def remaining(self) -> int:
        return max(0, self.rate.amount - self.used)


class TooMany(DomainError):
    """A rate is used up. `retry_after` says for how many seconds."""

    status = 429
    code = "too_many_requests"

    def __init__(self, count: Count) -> None:
        super().__init__(f"{count.rate.sentence} Try again in {_in_words(count.wait_seconds)}.")
        self.count = count
        self.retry_after = count.wait_seconds


class NotCounted(DomainError):
    """Redis does not answer, and without counting this is not done."""

    status = 503
    code = "not_available"
    retry_after = 5


# ARGV: now in ms, how much is taken (0: look only), then per key its amount and window in ms.
_SCRIPT = """
local now, taken = tonumber(ARGV[1]), tonumber(ARGV[2])
local counts, open = {}, true
for i, key in ipairs(KEYS) do
  local amount, window = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  local bucket = math.floor(now / window)
  local current = tonumber(redis.call('get', key .. ':' .. bucket) or '0')
  local before = tonumber(redis.call('get', key .. ':' .. (bucket - 1)) or '0')
  local faded = before * (1 - (now % window) / window)
  if faded + current + math.max(taken, 1) > amount then open = false end
  counts[#counts + 1] = {current, before}
end
if open and taken > 0 then
  for i, key in ipairs(KEYS) do
    local window = tonumber(ARGV[2 + 2 * i])
    local name = key .. ':' .. math.floor(now / window)
    counts[i][1] = redis.call('incrby', name, taken)
    redis.call('pexpire', name, 2 * window)
  end
end
return {open and 1 or 0, counts}
"""


_BACK = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('get', key) or '0') > 0 then redis.call('decr', key) end
end
"""


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


@lru_cache(maxsize=4)
def _script(url: str) -> Script:
    return _client(url).register_script(_SCRIPT)


@lru_cache(maxsize=4)
def _back(url: str) -> Script:
    return _client(url).register_script(_BACK)


def take(*wanted: tuple[str, str], amount: int = 1) -> list[Count]:
    """Use `amount` of each (name of a rate, subject), or of none if one of them is used up. With 0, only look.

    Raises NotCounted for a strict rate while Redis does not answer.
    """
    rates = [RATES[name].current for name, _subject in wanted]
    now = time.time()
    arguments: list[int] = [int(now * 1000), amount]
    for rate in rates:
        arguments += [rate.amount, rate.seconds * 1000]
    keys = [_key(name, subject) for name, subject in wanted]
    try:
        is_open, counts = _script(settings.REDIS_URL)(keys=keys, args=arguments)
    except redis.RedisError as error:
        log.error("rates are not counted", rates=[rate.name for rate in rates], exc_info=error)
        if any(rate.strict for rate in rates):
            raise NotCounted("We cannot check this right now. Try again in a moment.") from error
        return [Count(rate, 0, True, 0, rate.seconds) for rate in rates]
    took = bool(is_open and amount)
    pairs = zip(rates, counts, strict=True)
    return [_count(rate, found, now, max(amount, 1), took=took) for rate, found in pairs]


def require(*wanted: tuple[str, str], amount: int = 1) -> None:
    """Use `amount` of each rate. Raises TooMany, and then nothing was used."""
    closed = [count for count in take(*wanted, amount=amount) if not count.is_open]
    if closed:
        raise TooMany(max(closed, key=lambda count: count.wait_seconds))


def give_back(*wanted: tuple[str, str]) -> None:
    """Take back one use of each: it turned out to be no guess."""
    now = int(time.time())
    names = [f"{_key(name, subject)}:{now // RATES[name].current.seconds}" for name, subject in wanted]
    try:
        _back(settings.REDIS_URL)(keys=names)
    except redis.RedisError as error:
        log.error("rates are not counted", exc_info=error)


def _key(name: str, subject: str) -> str:
    # Addresses and e-mail addresses stay out of Redis.
    return f"{settings.CACHES['default']['KEY_PREFIX']}:rate:{name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


def _count(rate: Rate, found: Sequence[int], now: float, amount: int, *, took: bool) -> Count:
    current, before = found
    passed = (now % rate.seconds) / rate.seconds
    used = before * (1 - passed) + current
    is_open = took or used + amount <= rate.amount
    wait = 0 if is_open else _wait(rate, current, before, passed, amount)
    left = (2 - passed if current else 1 - passed) * rate.seconds if used else rate.seconds
    return Count(rate, -int(-used // 1), is_open, wait, max(1, int(left)))


def _wait(rate: Rate, current: int, before: int, passed: float, amount: int) -> int:
    """Seconds until the older window has faded far enough."""
    room = rate.amount - amount
    if current <= room:
        return max(1, int((1 - (room - current) / before - passed) * rate.seconds) + 1)
    # this window has to end first, and then fade itself
    return max(1, int((1 - passed + max(0.0, 1 - room / current)) * rate.seconds) + 1)


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes < 90 else f"{-(-minutes // 60)} hours"


def policy_header(count: Count) -> str:
    """`RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): what is allowed."""
    return f'"{count.rate.name}";q={count.rate.amount};w={count.rate.seconds}'


def limit_header(count: Count) -> str:
    """`RateLimit`: what is left, and in how many seconds there is more."""
    return f'"{count.rate.name}";r={count.remaining};t={count.wait_seconds or count.reset_seconds}'
