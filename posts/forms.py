"""What the composer sends: the parts of a post in order, the accounts, and when it should go out.

Each part has a key of its own; the order of the `part` inputs is the order of the parts, so moving one in the browser
is moving its fieldset. Nothing that was typed is dropped here: what cannot be read becomes a problem beside its field.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone

from multivio.errors import Invalid, Problem
from multivio.ids import new_uid, uids_in
from multivio.zones import is_zone
from posts import choosing
from posts import content as contents
from posts.choosing import OwnForm
from posts.content import Content, Own, PartContent
from posts.models import Post
from posts.schedule import WallTime
from posts.services import At, Draft, NextSlot, Now, Plan
from posts.services.queueing import is_in_slots
from posts.states import PostState
from social.contract import Option

LONGEST_KEY = 40
T = TypeVar("T")


@dataclass(frozen=True)
class PartForm:
    """One part as it was typed."""

    key: str
    text: str = ""
    media: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True)
class ComposerForm:
    """Everything the composer holds, as it was typed. `token` names one opening of the composer."""

    parts: tuple[PartForm, ...] = (PartForm("1"),)
    connections: tuple[uuid.UUID, ...] = ()
    own: Mapping[uuid.UUID, OwnForm] = field(default_factory=dict)
    when: str = "now"
    on: str = ""
    at: str = ""
    zone: str = "UTC"
    fold: int = 0
    action: str = "send"
    version: int = 0
    token: str = field(default_factory=lambda: str(new_uid()))

    @classmethod
    def blank(cls, *, zone: str, now: datetime, connections: tuple[uuid.UUID, ...] = ()) -> "ComposerForm":
        """A new post; the time stands on the next full hour but one, ready to be changed."""
        later = (now.astimezone(ZoneInfo(zone)) + timedelta(hours=2)).replace(minute=0)
        return cls(connections=connections, zone=zone, on=f"{later:%Y-%m-%d}", at=f"{later:%H:%M}")

    @classmethod
    def of_post(cls, post: Post, blank: "ComposerForm") -> "ComposerForm":
        """A stored post, opened again. Prefetch `publications__connection` and `attached__media`."""
        parts = tuple(
            PartForm(str(number), text, tuple(item.uid for item in media))
            for number, (text, media) in enumerate(contents.of_post(post).parts, start=1)
        )
        form = replace(
            blank,
            parts=parts,
            connections=tuple(publication.connection.uid for publication in post.publications.all()),
            own={row.connection.uid: choosing.own_of(row.own_texts, row.options) for row in post.publications.all()},
            version=post.version,
        )
        if is_in_slots(post):
            return replace(form, when="next")
        wall = _wall_of(post, blank.zone)
        if wall is None:
            return form
        return replace(form, when="at", on=f"{wall.on:%Y-%m-%d}", at=f"{wall.at:%H:%M}", zone=wall.zone, fold=wall.fold)

    @classmethod
    def copy_of(cls, post: Post, blank: "ComposerForm") -> "ComposerForm":
        """Its words, pictures and accounts for a new post; the time is a new one."""
        live = tuple(p.connection.uid for p in post.publications.all() if p.connection.disconnected_at is None)
        copied = cls.of_post(post, blank)
        return replace(blank, parts=copied.parts, connections=live, own=copied.own)

    @classmethod
    def sent(cls, data: QueryDict) -> "ComposerForm":
        """What a browser sent."""
        keys = list(dict.fromkeys(key[:LONGEST_KEY] for key in data.getlist("part"))) or ["1"]
        parts = tuple(
            PartForm(key, _newlines(data.get(f"text-{key}", "")), uids_in(data.getlist(f"media-{key}"))) for key in keys
        )
        connections = uids_in(data.getlist("connections"))
        return cls(
            parts=parts,
            connections=connections,
            own=choosing.sent(data, connections),
            when=when if (when := data.get("when")) in {"at", "next"} else "now",
            on=data.get("on", ""),
            at=data.get("at", ""),
            zone=data.get("zone", "UTC"),
            fold=1 if data.get("fold") == "1" else 0,
            action=data.get("action", "send"),
            version=int(number) if (number := data.get("version", "")).isdecimal() else 0,
            token=data.get("token", "")[:LONGEST_KEY] or str(new_uid()),
        )

    def content(self, declared: Mapping[uuid.UUID, Sequence[Option]]) -> Content:
        """`declared`: the options that each account's platform has."""
        return Content(
            parts=tuple(PartContent(part.text, part.media) for part in self.parts),
            connections=self.connections,
            own={
                uid: Own(own.texts, choosing.options_of(own, declared.get(uid, ())))
                for uid, own in self.own.items()
                if uid in self.connections
            },
        )

    @property
    def asks(self) -> bool:
        """Whether it is to be kept as a draft that somebody has to approve."""
        return self.action == "ask"

    def plan(self) -> Plan:
        """What to save it as. Raises Invalid for a date or a time that cannot be read."""
        return Draft() if self.asks or self.action == "draft" else self.wish()

    def wish(self) -> Plan:
        """When it should go out. Raises Invalid for a date or a time that cannot be read."""
        if self.when == "now":
            return Now()
        if self.when == "next":
            return NextSlot()
        on = _read(date.fromisoformat, self.on, "plan.date", "Choose a day.")
        at = _read(time.fromisoformat, self.at, "plan.time", "Choose a time of day.")
        return At(WallTime(on=on, at=at.replace(tzinfo=None), zone=self.zone, fold=self.fold))

    def is_ambiguous(self) -> bool:
        """Whether the clock shows the chosen time twice, so that one has to say which is meant."""
        try:
            plan = self.plan()
        except Invalid:
            return False
        return isinstance(plan, At) and is_zone(plan.wall.zone) and plan.wall.is_ambiguous()

    def fingerprint(self) -> str:
        """The same for the same words, pictures, accounts and time sent again from the same opening of the composer."""
        return hashlib.sha256(repr(replace(self, version=0)).encode()).hexdigest()

    def on_version(self, version: int) -> "ComposerForm":
        """The same words, to be saved over another version."""
        return replace(self, version=version)

    @property
    def asks_anew(self) -> uuid.UUID | None:
        """The account whose platform is to be asked again, by its button."""
        verb, _, uid = self.action.partition(":")
        return next(iter(uids_in([uid])), None) if verb == "reread" else None

    def rearranged(self) -> "ComposerForm | None":
        """After a button that only rearranges the page, for browsers without scripts; None for every other button."""
        verb, _, key = self.action.partition(":")
        if verb == "reread":
            return self
        keys = [part.key for part in self.parts]
        if verb == "add-part":
            return replace(self, parts=(*self.parts, PartForm(new_uid().hex[-8:])))
        if verb == "remove-media":
            key, _, uid = key.partition(":")
            return replace(self, parts=tuple(_without(part, uid) if part.key == key else part for part in self.parts))
        if verb not in {"remove-part", "up", "down"} or key not in keys:
            return None
        parts = list(self.parts)
        moved = parts.pop(keys.index(key))
        if verb != "remove-part":
            parts.insert(max(0, keys.index(key) + (1 if verb == "down" else -1)), moved)
        return replace(self, parts=tuple(parts) or (PartForm("1"),))


def _wall_of(post: Post, zone: str) -> WallTime | None:
    """The time that it is planned for, or the one that was proposed with it, in the workspace's zone, as long as it is to come."""
    if post.planned_on is not None and post.planned_time is not None:
        return WallTime(post.planned_on, post.planned_time, post.zone, post.fold)
    if post.proposed_for is None or post.proposed_for <= timezone.now():
        return None
    local = post.proposed_for.astimezone(ZoneInfo(zone))
    return WallTime(local.date(), local.time(), zone, local.fold)


def is_editable(post: Post) -> bool:
    """Whether the composer may open it: nothing of it has been sent, and nothing is on its way."""
    still = {PostState.DRAFT, PostState.SCHEDULED, PostState.HELD, PostState.CANCELLED}
    return post.state in still and not any(publication.committed for publication in post.publications.all())


def _without(part: PartForm, uid: str) -> PartForm:
    return replace(part, media=tuple(media for media in part.media if str(media) != uid))


def _newlines(text: str) -> str:
    """Browsers send CRLF for a line break; platforms count and show LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(parse: Callable[[str], T], text: str, name: str, sentence: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise Invalid.because([Problem(name, "unreadable", sentence)]) from error
