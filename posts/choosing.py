"""Options of platforms as the composer's fields: how they are named, read and shown. What they mean is data of the platform."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from posts.reading.naming import handle
from social import platforms, rereading
from social.contract import Option, OptionKind
from social.models import Connection

PART_LINE = "---"  # between the parts of own words
LONGEST = 25_000


@dataclass(frozen=True)
class OwnForm:
    """What was typed for one account: own words, and options by key, as the browser sent them."""

    text: str = ""
    chosen: Mapping[str, str] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The parts of the own words; a line of three dashes begins the next one. Empty: the post's words."""
        if not self.text.strip():
            return ()
        parts: list[list[str]] = [[]]
        for line in self.text.split("\n"):
            if line.strip() == PART_LINE:
                parts.append([])
            else:
                parts[-1].append(line)
        return tuple("\n".join(part).strip("\n") for part in parts)


def own_of(texts: Sequence[str], options: Mapping[str, Any]) -> OwnForm:
    """What is stored, as it would have been typed."""
    return OwnForm(f"\n{PART_LINE}\n".join(texts), {key: _typed(value) for key, value in options.items()})


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(str(one) for one in value) if isinstance(value, list) else str(value)


def sent(data: QueryDict, uids: Sequence[UUID]) -> dict[UUID, OwnForm]:
    """What a browser sent for the chosen accounts: `own-<uid>` and `option-<uid>-<key>`, which a list has several times."""
    found = {}
    for uid in uids:
        prefix = f"option-{uid}-"
        chosen = {name.removeprefix(prefix): _joined(data, name) for name in data if name.startswith(prefix)}
        text = data.get(f"own-{uid}", "").replace("\r\n", "\n").replace("\r", "\n")
        if text.strip() or any(chosen.values()):
            found[uid] = OwnForm(text, chosen)
    return found


def _joined(data: QueryDict, name: str) -> str:
    said = "\n".join(str(one) for one in data.getlist(name))[:LONGEST]
    return said if said.strip() else ""


def options_of(form: OwnForm, declared: Sequence[Option]) -> dict[str, Any]:
    """The chosen options with their types. What cannot be read stays text, so that the platform's own check names it."""
    known = {option.key: option for option in declared}
    given = {key: value for key, value in (form.chosen or {}).items() if value.strip()}
    return {key: _read(known[key], value) if key in known else value for key, value in given.items()}


def _read(option: Option, value: str) -> Any:
    if option.kind == OptionKind.SWITCH and value in {"yes", "no"}:
        return value == "yes"
    if option.kind == OptionKind.NUMBER and value.strip().isdecimal() and len(value) < 12:
        return int(value)
    if option.kind == OptionKind.LIST:
        entries = value.split("\n") if option.apart else value.replace("\n", ",").split(",")
        return [one.strip() for one in entries if one.strip()]
    return value if option.kind == OptionKind.TEXT else value.strip()


@dataclass(frozen=True)
class Field:
    """An option as the composer shows it."""

    option: Option
    name: str
    value: str

    @property
    def kind(self) -> str:
        return self.option.kind.value

    @property
    def shown(self) -> str:
        """What stands in the one field that it has."""
        return ", ".join(self.value.split("\n")) if self.option.kind == OptionKind.LIST else self.value

    @property
    def entries(self) -> list[str]:
        """What stands in each of its fields, where it has several."""
        if not self.option.apart:
            return []
        said = self.value.split("\n") if self.value else []
        return [*said, *[""] * (self.option.most - len(said))]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """For a list to choose from; the first says what happens when nothing is chosen."""
        if self.option.kind == OptionKind.SWITCH:
            return [("", f"As usual ({'yes' if self.option.default else 'no'})"), ("yes", "Yes"), ("no", "No")]
        labels = dict(self.option.choices)
        usual = "Choose…" if self.option.required else f"As usual ({labels.get(self.option.default, 'none')})"
        return [("", usual), *self.option.choices]


@dataclass(frozen=True)
class OwnShown:
    """One account's own words and options, on the desk."""

    connection: Connection
    form: OwnForm
    fields: Sequence[Field]
    is_chosen: bool
    problems: Sequence[Any] = ()
    reading: rereading.Reading | None = None

    @property
    def is_asked(self) -> bool:
        """Whether its platform says anew, while somebody writes, what the account may do."""
        return rereading.is_asked(self.connection.platform)

    @property
    def offers(self) -> str:
        """The same as long as the same is there to choose from."""
        return hashlib.sha256(repr([field.option for field in self.fields]).encode()).hexdigest()[:16]

    @property
    def is_open(self) -> bool:
        """Something is there, or has to be chosen, or is in the way."""
        is_filled = bool(self.form.text or any((self.form.chosen or {}).values()))
        is_needed = any(field.option.required for field in self.fields)
        return is_filled or is_needed or any(problem.severity == "error" for problem in self.problems)

    @property
    def title(self) -> str:
        return f"{self.connection.get_platform_display()}, {handle(self.connection)}"


def shown(
    connection: Connection,
    form: OwnForm,
    *,
    is_chosen: bool,
    problems: Sequence[Any] = (),
    reading: rereading.Reading | None = None,
) -> OwnShown:
    values = form.chosen or {}
    fields = [
        Field(option, f"option-{connection.uid}-{option.key}", values.get(option.key, ""))
        for option in declared(connection)
    ]
    return OwnShown(connection, form, fields, is_chosen, problems, reading)


def declared(connection: Connection) -> Sequence[Option]:
    return platforms.get(connection.platform).capabilities_for(connection.traits).options
