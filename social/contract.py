"""What the rest of the product and a platform say to each other: frozen values, one error family, one small base class.

A platform never writes rows. It is given a `Variant`, an `Account` and whatever earlier steps left behind, and it answers
with a value or raises one of the errors below. Everything else (leases, retries, journal, states) is the engine's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from multivio.errors import Problem
from social.findings import Finding

LOOPBACK = frozenset({"localhost", "127.0.0.1"})


class MediaKind(StrEnum):
    IMAGE = "image"
    GIF = "gif"
    VIDEO = "video"
    DOCUMENT = "document"  # PDF and the like, where a platform shows its pages


@dataclass(frozen=True)
class VariantMedia:
    """One picture, GIF or video of a variant. `open()` streams the bytes; nothing is read before."""

    uid: str
    kind: MediaKind
    mime: str
    size: int  # bytes
    width: int  # pixels
    height: int
    sha256: str
    alt_text: str = ""
    duration_ms: int = 0
    frames: int = 1
    storage_name: str = ""


@dataclass(frozen=True)
class Part:
    """One part of a post; a thread has several."""

    text: str
    media: tuple[VariantMedia, ...] = ()


@dataclass(frozen=True)
class Variant:
    """The resolved content of one publication: the same value feeds preview, counter, validator and publisher."""

    parts: tuple[Part, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """Whose account a call is made for, with the token of the moment."""

    remote_id: str
    username: str
    access_token: str = field(repr=False)
    token_secret: str = field(default="", repr=False)  # OAuth 1.0a only
    traits: Mapping[str, Any] = field(default_factory=dict)  # what the platform said of the account, e.g. its tier


@dataclass(frozen=True)
class Profile:
    """The remote account as the platform describes it."""

    remote_id: str
    username: str
    name: str
    avatar_url: str = ""
    kind: str = "profile"
    traits: Mapping[str, Any] = field(default_factory=dict)
    access_token: str = field(default="", repr=False)  # where an account has a token of its own (Facebook's pages)
    owner_id: str = ""  # the person who granted access, where that is not the account itself


@dataclass(frozen=True)
class Tokens:
    """What an OAuth exchange or refresh gave. `expires_at` None: it does not expire."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    is_last: bool = False  # nothing renews these any more: a person has to connect again before they end


@dataclass(frozen=True)
class Proof:
    """That a committing step is public: the platform's id, and the address people see."""

    remote_id: str
    remote_url: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AttemptRef:
    """An earlier committing call whose outcome is not known."""

    step: str  # "commit:1" …
    started_at: datetime
    parents: tuple[str, ...] = ()  # remote ids of the earlier parts of a thread
    taken: frozenset[str] = frozenset()  # remote ids that other publications of the account already own


class Metric(StrEnum):
    """The product's names of numbers. All count from the post's beginning; each platform's file says which of its own it is."""

    IMPRESSIONS = "impressions"  # how often it was shown
    REACH = "reach"  # to how many people
    VIDEO_VIEWS = "video_views"
    REACTIONS = "reactions"  # likes and their kin
    COMMENTS = "comments"
    SHARES = "shares"  # with words of one's own or without
    SAVES = "saves"
    CLICKS = "clicks"
    WATCHED_MINUTES = "watched_minutes"
    FOLLOWERS_GAINED = "followers_gained"


@dataclass(frozen=True)
class Metrics:
    """Numbers of one post at this moment, by the names of Metric. What the platform does not say is left out, never 0.
    `is_gone`: the platform says that there is no such post, so somebody deleted it there."""

    values: Mapping[str, int]
    is_gone: bool = False


GONE = Metrics({}, is_gone=True)


def metrics_named(names: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics with these names, each once, in the order in which people read them."""
    wanted = set(names)
    return tuple(metric for metric in Metric if metric in wanted)


class Settled(StrEnum):
    """What asking the platform about an unknown outcome gave. A list that does not show it is no proof: NOT_SEEN."""

    FOUND = "found"
    ABSENT = "absent"  # strong proof only: the call can have no effect any more
    NOT_SEEN = "not_seen"
    SEVERAL = "several"  # more than one match: a person decides


@dataclass(frozen=True)
class Settlement:
    verdict: Settled
    proof: Proof | None = None
    note: str = ""


# -- errors: what happens next depends on the class alone -----------------------------------------------------------------


class PlatformError(Exception):
    """Base. `sentence` is for people, `detail` (no secrets) for the attempt log."""

    def __init__(
        self, sentence: str, *, code: str = "", http_status: int | None = None, detail: str = "", next_step: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or type(self).__name__.lower()
        self.http_status = http_status
        self.detail = detail
        self.next_step = next_step


class NotSent(PlatformError):
    """Nothing public can have come of it: connection refused, a repeatable step failed. Try again later.

    `may_have_arrived`: the request itself may have got there, which matters only where it changes something (a deletion).
    """

    def __init__(self, sentence: str, *, may_have_arrived: bool = False, **details: Any) -> None:
        super().__init__(sentence, **details)
        self.may_have_arrived = may_have_arrived


class RateLimited(PlatformError):
    """Not accepted; wait until `until`. Blocks this connection only, and is not an attempt."""

    def __init__(self, sentence: str, *, until: datetime, **details: Any) -> None:
        super().__init__(sentence, **details)
        self.until = until


class NeedsReauth(PlatformError):
    """The grant is dead. The connection pauses, its posts are held, a person reconnects."""


class Refused(PlatformError):
    """The platform said a definite no to this content. Nothing is public."""


class Unknown(PlatformError):
    """It may or may not be public. Never sent again on a guess."""


class Processing(Unknown):
    """It was taken, but is not public yet and may still turn out unusable: looked up as every unknown outcome is."""


class AppBlocked(PlatformError):
    """Our application is blocked (credits, quota, version), not the user's account: pauses the platform."""

    def __init__(self, sentence: str, *, until: datetime, **details: Any) -> None:
        super().__init__(sentence, **details)
        self.until = until


# -- capabilities: the single source for validator, counters, prompts, API and docs ---------------------------------------


@dataclass(frozen=True)
class TextRule:
    """How much text a part may hold, and how the platform counts it (`counter` names a function of counting.py)."""

    counter: str
    limit: int
    url_weight: int | None = None
    required_without_media: bool = True


@dataclass(frozen=True)
class MediaRule:
    """What a part may carry of one kind."""

    kind: MediaKind
    most: int
    mimes: tuple[str, ...]
    max_bytes: int
    max_width: int = 0  # 0: no limit
    max_height: int = 0
    min_seconds: float = 0
    max_seconds: float = 0
    max_frames: int = 0
    max_pixels: int = 0  # width × height × frames
    ratio: tuple[float, float] = (0, 0)  # narrowest, widest; width ÷ height


class OptionKind(StrEnum):
    SWITCH = "switch"  # bool
    CHOICE = "choice"  # one of `choices`
    TEXT = "text"  # str of at most `limit` characters
    LINK = "link"  # an absolute http(s) address
    LIST = "list"  # list of str, at most `most`, each at most `limit` characters
    NUMBER = "number"  # int of at least `least` and at most `limit`


@dataclass(frozen=True)
class Option:
    """Something that a person may choose for one platform beside words and media: composer, API and docs show it from here."""

    key: str
    kind: OptionKind
    label: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value, label
    default: Any = None  # what counts when nothing is chosen; None: nothing does
    required: bool = False  # has to be chosen on purpose, a default would be a lie (TikTok's audience)
    limit: int = 0
    least: int = 0
    most: int = 0
    apart: bool = False  # of a list: its entries are sentences of their own, which may hold commas


@dataclass(frozen=True)
class Capabilities:
    """What a platform accepts, as data."""

    text: TextRule
    media: tuple[MediaRule, ...]
    mixes_kinds: bool = False
    thread: bool = False
    max_parts: int = 1
    alt_text_limit: int = 0  # 0: takes no alt text
    first_comment: bool = False
    deletes: bool = False
    why_no_delete: str = ""  # in plain words, and where it can be done instead; empty where it deletes
    metrics: tuple[Metric, ...] = ()  # the numbers that it gives of a post, at best
    why_no_metrics: str = ""
    reads_back: bool = False  # can settle() look at the account's own posts
    options: tuple[Option, ...] = ()
    needs_media: bool = False  # words alone are not a post there


@dataclass(frozen=True)
class Need:
    """Something a person has to have or do before an account there can be connected."""

    title: str
    text: str


# -- steps ------------------------------------------------------------------------------------------------------------------


class StepKind(StrEnum):
    REPEATABLE = "repeatable"  # restart freely, reuse what is stored
    COMMITTING = "committing"  # makes something public: journalled before, never repeated on a guess
    READING = "reading"


@dataclass(frozen=True)
class Step:
    """One step of publishing. Committing steps are named `commit:1` … in order."""

    name: str
    kind: StepKind


class Stash(Protocol):
    """What repeatable steps leave behind, by name: kept in the database, so that a retry starts where the last one ended."""

    def get(self, name: str) -> Mapping[str, Any] | None: ...
    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None: ...


@dataclass(frozen=True)
class Job:
    """Everything a step may use. `committed` are the proofs of the committing steps already public, in order."""

    account: Account
    variant: Variant
    stash: Stash
    committed: Sequence[Proof] = ()
    opener: "MediaOpener | None" = None
    addresser: "MediaAddresser | None" = None
    renderer: "MediaAddresser | None" = None
    streamer: "MediaAddresser | None" = None

    def address(self, media: VariantMedia) -> str:
        """Where a platform that fetches media itself gets this file, without a cookie, for the next 12 to 24 hours."""
        if self.addresser is None:
            raise RuntimeError("this job has no addresses")
        return self.addresser(media)

    def jpeg_address(self, media: VariantMedia) -> str:
        """The same for a picture as JPEG, for platforms that take no other: made when it is asked for first."""
        if self.renderer is None:
            raise RuntimeError("this job has no renditions")
        return self.renderer(media)

    def own_address(self, media: VariantMedia) -> str:
        """An address of a picture on our own domain that never redirects, for platforms that know whose domain it is: good for
        an hour or two, wherever the file lies."""
        if self.streamer is None:
            raise RuntimeError("this job has no addresses of its own")
        return self.streamer(media)

    def open(self, media: VariantMedia) -> AbstractContextManager[IO[bytes]]:
        if self.opener is None:
            raise RuntimeError("this job has no media")
        return self.opener(media)


class MediaOpener(Protocol):
    def __call__(self, media: VariantMedia) -> AbstractContextManager[IO[bytes]]: ...


class MediaAddresser(Protocol):
    def __call__(self, media: VariantMedia) -> str: ...


class Platform:
    """Base of the platform files. Declarative attributes on top, a handful of methods below."""

    slug: str
    name: str
    capabilities: Capabilities
    scopes: tuple[str, ...] = ()  # needed for publishing; what is missing is named on the connection
    docs_url: str = ""
    refresh_early: timedelta = timedelta(minutes=20)  # so long before its end a token is renewed, busy account or not
    version_ends: Mapping[str, date] = MappingProxyType(
        {}
    )  # days on which versions of its API end, as far as announced
    other_hosts: tuple[str, ...] = ()  # where its posts have addresses beside `profile_url`'s host
    needs: tuple[Need, ...] = ()  # said before somebody is sent there
    opens_several: bool = False  # one grant opens several accounts, and later more of them
    rereads: bool = False  # wants to be asked what an account may do while somebody writes for it
    # What preparing leaves there where the account's owner sees it: how its names in the stash begin, and the key of its id.
    leaves_behind: tuple[str, str] | None = None
    pulls_media: bool = False  # fetches pictures and videos itself, from an address that it has to reach
    # Platforms whose grants of the same person end together with one of this: revoking would end them too.
    ends_with: tuple[str, ...] = ()
    pause_between_commits: float = 0.0  # seconds; a parent that was just created may not be visible at once
    check_after_seconds: tuple[float, ...] = (
        2,
        10,
        30,
        120,
        600,
    )  # looks after an unknown outcome; then a person decides

    def enabled(self) -> bool:
        """Whether the keys are there. Nothing else switches a platform on."""
        raise NotImplementedError

    def on_sandbox(self) -> bool:
        raise NotImplementedError

    def capabilities_for(self, traits: Mapping[str, Any]) -> Capabilities:
        """The capabilities for one account (its tier may allow more)."""
        return self.capabilities

    def current_traits(self, account: Account) -> Mapping[str, Any]:
        """What the platform says at this moment of what the account may do, to be kept among its traits; only where it
        `rereads`. Raises what a repeatable call raises."""
        raise NotImplementedError

    def missing_scopes(self, granted: Sequence[str]) -> list[str]:
        """What publishing needs and a grant lacks; platforms with several log-ins have several lists."""
        return [scope for scope in self.scopes if scope not in granted]

    def profiles(self, tokens: Tokens, *, token_secret: str = "") -> list[Profile]:
        """The accounts that a fresh grant opens. Raises NeedsReauth, NotSent, RateLimited."""
        raise NotImplementedError

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token. Raises NeedsReauth when the grant is dead, NotSent when it is not known."""
        raise NotImplementedError

    def revoke(self, tokens: Tokens, *, token_secret: str = "") -> None:
        """Give the grant back, where the platform can."""

    def problems(self, variant: Variant, traits: Mapping[str, Any]) -> list[Problem]:
        """Everything that would make the platform refuse it: one function for composer, API, validation and publisher."""
        raise NotImplementedError

    def prepare(self, job: Job) -> None:
        """The repeatable steps before anything is public (uploads, containers). Restarted freely; keeps results in the stash."""

    def commits(self, variant: Variant) -> int:
        """How many committing steps this content takes (the parts of a thread)."""
        return len(variant.parts)

    def commit(self, job: Job, number: int) -> Proof:
        """Make part `number` (from 1) public. Raises Unknown for everything that is not a documented refusal."""
        raise NotImplementedError

    def settle(self, job: Job, attempt: AttemptRef) -> Settlement:
        """Find out whether an unknown committing call had its effect, by reading only."""
        return Settlement(Settled.NOT_SEEN)

    def is_its_address(self, link: str) -> bool:
        """Whether a pasted address leads to a page of this platform, and not just to its front."""
        try:
            address, own = urlsplit(link), urlsplit(self.profile_url("any")).hostname or ""
            host = address.hostname or ""
        except ValueError:
            return False
        if address.scheme not in {"https", "http"} or not address.path.strip("/"):
            return False
        known = {own.removeprefix("www."), *self.other_hosts, *(LOOPBACK if own in LOOPBACK else ())}
        return any(host == one or host.endswith(f".{one}") for one in known if one)

    def remote_id_in(self, link: str) -> str | None:
        """The platform's id of the post behind one of its addresses. None: that is no post's address; empty: the address
        does not say (Instagram's names a post by another code than its API does)."""
        found = re.search(r"(\d{5,25})/?(?:[?#].*)?$", link)
        return found.group(1) if found else None

    def clear_up(self, account: Account, remote_id: str) -> bool:
        """Take away what preparing left there and nobody will use, if it is still as we left it; whether it is gone. Only where
        it `leaves_behind` something. Raises what a repeatable call raises."""
        raise NotImplementedError

    def delete(self, account: Account, remote_id: str) -> None:
        """Take one public post away, for good. Repeatable: what is not there any more counts as deleted.

        Each file names the vendor's page. Raises Refused where that cannot be done (`why_not_deleted` says so before),
        NotSent when nothing left this machine, Unknown when nobody can say whether it worked (ask again, it does no harm),
        NeedsReauth, RateLimited and AppBlocked as everywhere. Use social.platforms.deleting for the translation.
        """
        raise NotImplementedError

    def metrics(self, account: Account, remote_ids: Sequence[str]) -> dict[str, Metrics]:
        """Numbers of public posts as they are now, by remote id, in as few calls as the platform's batches allow.

        Lifetime totals, by the names of Metric; each file names the vendor's page and what it maps. A post of which the
        platform says nothing is left out; one that it says is not there any more is GONE. Empty where the account may not
        read them. Raises NotSent, NeedsReauth, RateLimited, AppBlocked; never Refused for a single post.
        """
        raise NotImplementedError

    def deletes_parts(self) -> bool:
        """Whether what follows the first committing step is a post of its own (a thread), or goes with it (a comment)."""
        return self.capabilities.thread

    def why_not_deleted(self, traits: Mapping[str, Any], options: Mapping[str, Any]) -> str:
        """In plain words, why a post of this account with these options cannot be deleted by us; empty when it can."""
        return self.capabilities_for(traits).why_no_delete

    def why_not_measured(self, traits: Mapping[str, Any], options: Mapping[str, Any]) -> str:
        """In plain words, why there are no numbers of a post of this account with these options; empty when there are."""
        return self.capabilities_for(traits).why_no_metrics

    def permalink(self, username: str, remote_id: str) -> str:
        raise NotImplementedError

    def profile_url(self, username: str) -> str:
        raise NotImplementedError

    def account_url(self, *, username: str, kind: str) -> str:
        """Where people see the account, where its kind matters for that."""
        return self.profile_url(username)

    def left_out(self, scopes: Sequence[str]) -> str:
        """In plain words, what a grant with these scopes cannot open although others could; empty when it opens all."""
        return ""

    def advice(self) -> Iterable[Finding]:
        """What the set-up doctor should say beside what it says of every platform."""
        return ()
