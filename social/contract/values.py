"""What goes in and comes out: content, accounts, tokens, proofs. Frozen, and without behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


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
