"""The tasks that there are: one file each in ai/prompts/, a head of `name: value` lines and the words for the model.

A new task is a new file. What it takes and gives is in its head, so the panel, the API and the checks know it from there.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine

FOLDER = Path(__file__).parent / "prompts"
# The model reads text, not HTML: nothing is escaped on the way to it.
_engine = Engine(dirs=[str(FOLDER)], autoescape=False)
TRANSFORM, GENERATE, PICTURE = "transform", "generate", "picture"


@dataclass(frozen=True)
class Task:
    """One thing the model can be asked to do."""

    slug: str
    name: str
    about: str
    kind: str  # transform: of a text; generate: from a topic; picture: of a picture; drawing: makes one
    shape: str  # of what comes back: ai/shapes.py
    tokens: int  # at most so many come back
    version: int  # of the words for the model: counted up whenever they change
    temperature: float
    needs: str = ""  # what has to be said beside the text: platform, platforms, tone, language

    @property
    def is_structured(self) -> bool:
        return self.shape not in {"text", "picture"}


@cache
def tasks() -> dict[str, Task]:
    """By slug, in the order of their names on disk."""
    found = [_read(file) for file in sorted(FOLDER.glob("[a-z]*.txt"))]
    return {task.slug: task for task in found}


def _read(file: Path) -> Task:
    head, _, _words = file.read_text().partition("\n---\n")
    told = dict(line.split(": ", 1) for line in head.splitlines())
    return Task(
        slug=file.stem,
        name=told["name"],
        about=told["about"],
        kind=told["kind"],
        shape=told["shape"],
        tokens=int(told["tokens"]),
        version=int(told["version"]),
        temperature=float(told["temperature"]),
        needs=told.get("needs", ""),
    )


@cache
def _template(name: str) -> Any:
    return _engine.from_string((FOLDER / f"{name}.txt").read_text().rpartition("\n---\n")[2])


def words(name: str, values: dict[str, Any]) -> str:
    """The words of a template with these values in place."""
    rendered: str = _template(name).render(Context(values, autoescape=False))
    lines = [line.strip() for line in rendered.splitlines()]
    return "\n".join(line for line in lines if line).strip()
