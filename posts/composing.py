"""What lies on the composer's desk: the accounts to choose from, the pictures, the rules to count by, and the problems."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from accounts.services import Actor
from multivio.errors import Problem
from multivio.zones import places
from posts import choosing, services
from posts.choosing import OwnForm, OwnShown
from posts.forms import ComposerForm, PartForm
from posts.models import Media, Post
from posts.reading.naming import handle
from posts.services.queueing import Offer
from social import platforms, rereading
from social.contract import Option
from social.models import Connection

# Said only when somebody tries to send: a page that has just been opened is not wrong.
UNSAID = frozenset({"empty", "no_connection"})


def quiet(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.code not in UNSAID]


@dataclass
class Shown:
    """A problem as the composer shows it: once, with the accounts it applies to and the field it is about."""

    message: str
    severity: str
    href: str = ""
    connections: list[Connection] = field(default_factory=list)

    is_about_alt: bool = False
    chosen: int = 0  # how many accounts the post is for

    @property
    def names(self) -> str:
        """The accounts it applies to, where that is not all of them."""
        if len(self.connections) == self.chosen:
            return ""
        return ", ".join(handle(connection) for connection in self.connections)


@dataclass(frozen=True)
class ShownPart:
    """A part with its pictures and its problems."""

    form: PartForm
    media: Sequence[Media]
    problems: Sequence[Shown]

    @property
    def is_wrong(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)


class Desk:
    """One opening of the composer for an actor. `also` are accounts of the post that may be disconnected by now."""

    def __init__(self, actor: Actor, also: Sequence[Connection] = ()) -> None:
        self.actor = actor
        live = list(Connection.objects.in_workspace(actor.workspace.pk).live())
        known = {connection.pk for connection in live}
        self.connections = [*live, *(connection for connection in also if connection.pk not in known)]

    def obvious(self) -> tuple[uuid.UUID, ...]:
        """The account to start with, where there is no choice."""
        usable = [connection.uid for connection in self.connections if connection.takes_posts]
        return tuple(usable) if len(usable) == 1 else ()

    def context(self, form: ComposerForm, problems: Sequence[Problem]) -> dict[str, Any]:
        return {
            **self.lists(form, problems),
            "connections": self.connections,
            "platforms": {connection.platform for connection in self.connections},
            "chosen": set(form.connections),
            "zones": places(form.zone, self.actor.workspace.zone),
            "composer_data": self._data(),
        }

    def offers(self, form: ComposerForm, post: Post | None) -> list[Offer] | None:
        """Which slot each chosen account gets; None where nobody asks for slots."""
        if form.when != "next":
            return None
        chosen = [connection for connection in self.connections if connection.uid in form.connections]
        return services.offered(self.actor, chosen, post)

    def declared(self) -> dict[uuid.UUID, Sequence[Option]]:
        """The options of each account's platform."""
        return {connection.uid: choosing.declared(connection) for connection in self.connections}

    def _owns(self, form: ComposerForm, problems: Sequence[Problem]) -> list[OwnShown]:
        """Each account's own words and options, with what is wrong about them."""
        readings = rereading.last(self.connections)
        return [
            choosing.shown(
                connection,
                form.own.get(connection.uid, OwnForm()),
                is_chosen=connection.uid in form.connections,
                problems=[
                    Shown(problem.message, problem.severity)
                    for problem in problems
                    if problem.field.startswith(f"variants.{connection.uid}")
                ],
                reading=readings.get(connection.pk),
            )
            for connection in self.connections
        ]

    def lists(self, form: ComposerForm, problems: Sequence[Problem]) -> dict[str, Any]:
        """The problems, each beside what it is about."""
        media = self._media(form)
        by_place: dict[str, list[Shown]] = {}
        for problem in problems:
            if problem.field.startswith("variants."):
                continue  # said beside the account's own words
            self._add(by_place, problem, form)
        for shown in by_place.values():
            shown.sort(key=lambda one: one.severity != "error")
        parts = [
            ShownPart(part, [media[uid] for uid in part.media if uid in media], by_place.get(part.key, ()))
            for part in form.parts
        ]
        return {
            "form": form,
            "parts": parts,
            "general_problems": by_place.get("", ()),
            "connection_problems": by_place.get("connections", ()),
            "plan_problems": by_place.get("plan", ()),
            "is_ambiguous": form.is_ambiguous(),
            "owns": self._owns(form, problems),
        }

    def _media(self, form: ComposerForm) -> dict[uuid.UUID, Media]:
        wanted = {uid for part in form.parts for uid in part.media}
        if not wanted:
            return {}
        rows = Media.objects.in_workspace(self.actor.workspace.pk).filter(uid__in=wanted)
        return {media.uid: media for media in rows}

    def _add(self, by_place: dict[str, list[Shown]], problem: Problem, form: ComposerForm) -> None:
        place, href = _place(problem.field, form)
        told = by_place.setdefault(place, [])
        same = next((shown for shown in told if shown.message == problem.message), None)
        if same is None:
            same = Shown(
                problem.message,
                problem.severity,
                href,
                is_about_alt=problem.code == "no_alt_text",
                chosen=len(form.connections),
            )
            told.append(same)
        same.connections += [
            c for c in self.connections if str(c.uid) == problem.connection and c not in same.connections
        ]

    def _data(self) -> dict[str, Any]:
        """What the browser counts and draws by."""
        slug = self.actor.workspace.slug
        return {
            "connections": [_as_data(connection) for connection in self.connections],
            "urls": {
                "check": reverse("check_post", args=[slug]),
                "media": reverse("media:item", args=[slug, uuid.UUID(int=0)]),
            },
        }


def _place(name: str, form: ComposerForm) -> tuple[str, str]:
    """Where a problem belongs, and the field to jump to. `name` is a path such as `parts.0.text` or `plan.time`."""
    root, _, rest = name.partition(".")
    number, _, leaf = rest.partition(".")
    if root == "parts" and number.isdecimal() and int(number) < len(form.parts):
        part = form.parts[int(number)]
        return part.key, _field(part, leaf)
    if root == "plan":
        return "plan", {"plan.time": "#at", "plan.date": "#on", "plan.zone": "#zone"}.get(name, "#when")
    return ("connections", "#picks") if root == "connections" else ("", "")


def _field(part: PartForm, leaf: str) -> str:
    """`text`, `media`, `media.1` and `media.1.alt_text` as an anchor on the page."""
    kind, _, rest = leaf.partition(".")
    place = rest.partition(".")[0]
    if kind == "media" and place.isdecimal() and int(place) < len(part.media):
        return f"#media-{part.media[int(place)]}"
    return f"#part-{part.key}" if kind == "media" else f"#text-{part.key}"


def _as_data(connection: Connection) -> dict[str, Any]:
    capabilities = platforms.get(connection.platform).capabilities_for(connection.traits)
    return {
        "uid": str(connection.uid),
        "platform": connection.platform,
        "platformName": connection.get_platform_display(),
        "name": connection.name,
        "username": connection.username,
        "verified": bool(connection.traits.get("verified")),
        "rule": {"counter": capabilities.text.counter, "limit": capabilities.text.limit},
        "altLimit": capabilities.alt_text_limit,
        "thread": capabilities.thread,
        "isAsked": rereading.is_asked(connection.platform),
    }
