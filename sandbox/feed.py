"""What a public timeline page shows, whatever the platform: conversations of entries by authors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from markupsafe import Markup
from starlette.responses import HTMLResponse

from sandbox.pages import page


@dataclass(frozen=True)
class Author:
    name: str
    handle: str
    avatar_url: str
    url: str
    is_verified: bool = False


@dataclass(frozen=True)
class Picture:
    """`kind` is photo, gif or video."""

    url: str
    kind: str
    alt: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Choice:
    """One line of a poll."""

    label: str
    votes: int
    percent: int


@dataclass(frozen=True)
class Count:
    """`icon` names a symbol of entry.html."""

    icon: str
    label: str
    number: int

    @property
    def short(self) -> str:
        """12,345 as 12K."""
        if self.number < 1000:
            return str(self.number)
        thousands = self.number / 1000
        return f"{thousands:.1f}K" if thousands < 10 else f"{int(thousands)}K"


@dataclass(frozen=True)
class Entry:
    """One post. `text` is HTML that is safe already."""

    author: Author
    text: Markup
    at: float
    now: float
    url: str
    pictures: Sequence[Picture] = ()
    choices: Sequence[Choice] = ()
    poll_note: str = ""
    counts: Sequence[Count] = ()
    replying_to: str = ""
    labels: Sequence[str] = field(default=())

    @property
    def iso(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds")

    @property
    def full_time(self) -> str:
        moment = datetime.fromtimestamp(self.at, UTC)
        return f"{moment:%H:%M} UTC, {moment.day} {moment:%B %Y}"

    @property
    def age(self) -> str:
        seconds = max(0, int(self.now - self.at))
        for size, unit in ((86400 * 7, ""), (86400, "d"), (3600, "h"), (60, "m")):
            if seconds >= size:
                moment = datetime.fromtimestamp(self.at, UTC)
                return f"{seconds // size}{unit}" if unit else f"{moment.day} {moment:%b}"
        return f"{seconds}s"


@dataclass(frozen=True)
class Conversation:
    """A post with the author's own replies to it, in order; `hidden` says how many are left out."""

    entries: Sequence[Entry]
    hidden: int = 0


@dataclass(frozen=True)
class Profile:
    author: Author
    about: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A page. `focus` marks the one entry that the page is about; `look` names a style sheet that makes it like the original."""

    platform: str
    home: str
    title: str
    conversations: Sequence[Conversation]
    people: Sequence[Author]
    profile: Profile | None = None
    focus: str = ""
    older: str = ""
    look: str = ""


def show(feed: Feed) -> HTMLResponse:
    return page("feed.html", {"feed": feed})
