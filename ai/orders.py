"""What somebody asks for, checked and ready to be put into words for the model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ai import catalogue
from ai.catalogue import Task
from multivio.errors import Invalid, Problem
from social import platforms
from social.contract import Capabilities
from social.models import Connection

LONGEST_TEXT = 20_000
LONGEST_WISH = 300
LENGTHS = {
    "short": "short: two or three sentences",
    "medium": "of medium length",
    "long": "long, with several paragraphs",
}
MOST_VERSIONS = 2


@dataclass(frozen=True)
class Place:
    """Where it is to be published, as far as that matters for the words."""

    slug: str
    name: str
    limit: int
    counter: str
    note: str = ""


@dataclass(frozen=True)
class Order:
    """One task with all that it needs. `wishes` are a person's own words about the result."""

    task: Task
    text: str = ""
    material: str = ""  # of a page that was read for it: nobody here wrote that
    platforms: tuple[str, ...] = ()
    connection: Connection | None = None
    length: str = ""
    language: str = ""
    hashtags: int = 0
    count: int = 0
    wishes: dict[str, str] = field(default_factory=dict)  # tone, audience, call_to_action, change
    link: str = ""
    picture: str = ""  # a data address
    model: str = ""
    is_counted: bool = False  # by the rate, before a page was read for it

    @property
    def data(self) -> str:
        """What the task is about."""
        return "\n\n".join(part for part in (self.text, self.material) if part)

    @property
    def platform(self) -> str:
        return self.platforms[0] if len(self.platforms) == 1 else ""

    def capabilities(self, slug: str) -> Capabilities:
        """Of the account where one is named, since its tier may allow more."""
        traits: dict[str, Any] = self.connection.traits if self.connection and self.connection.platform == slug else {}
        return platforms.get(slug).capabilities_for(traits)

    def places(self) -> list[Place]:
        return [self._place(slug) for slug in self.platforms]

    def _place(self, slug: str) -> Place:
        capabilities = self.capabilities(slug)
        note = "" if capabilities.thread or self.task.shape != "parts" else "it knows no threads"
        rule = capabilities.text
        return Place(slug, platforms.get(slug).name, rule.limit, rule.counter, note)


def order(*, task: str, kinds: Sequence[str], connection: Connection | None = None, **asked: Any) -> Order:
    """An order for the task with this slug, of one of these kinds. Raises Invalid with what is wrong about it."""
    found = catalogue.tasks().get(task)
    if found is None or found.kind not in kinds:
        known = ", ".join(each.slug for each in catalogue.tasks().values() if each.kind in kinds)
        raise Invalid.because([Problem("task", "unknown_task", f"There is no such task. There are: {known}.")])
    names = tuple(dict.fromkeys(asked.pop("platforms", ()))) or ((connection.platform,) if connection else ())
    made = replace(Order(found, connection=connection, platforms=names), **asked)
    made = replace(made, count=made.count or _COUNTS.get(found.slug, 0))
    problems = list(_problems(made))
    if problems:
        raise Invalid.because(problems)
    return made


_COUNTS = {"hashtags": 8, "hooks": 3, "replies": 3, "week": 7}
_NEEDS = {
    "platform": ("platforms", "Say for which platform."),
    "platforms": ("platforms", "Say for which platforms."),
    "tone": ("tone", "Say which tone."),
    "language": ("language", "Say into which language."),
}


def _problems(made: Order) -> list[Problem]:
    found: list[Problem] = []
    has = {
        "platform": bool(made.platform),
        "platforms": bool(made.platforms),
        "tone": bool(made.wishes.get("tone")),
        "language": bool(made.language),
    }
    if made.task.needs and not has[made.task.needs]:
        field_name, sentence = _NEEDS[made.task.needs]
        found.append(Problem(field_name, "needed", sentence))
    if made.task.kind != catalogue.PICTURE and not made.data.strip():
        found.append(Problem("text", "empty", "There is no text yet. Write something first, or name a topic."))
    if len(made.data) > LONGEST_TEXT:
        sentence = f"This is {len(made.data):,} characters; {LONGEST_TEXT:,} is the most for one task."
        found.append(Problem("text", "too_long", sentence))
    return found
