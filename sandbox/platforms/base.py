"""What a platform, or another service, must bring; the rest (faults, ledger, clock, limits, consent page) is shared."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.routing import Route

from sandbox.accounts import Account
from sandbox.apps import App
from sandbox.calls import Call, Limit, Operation, Reply
from sandbox.faults import Fault
from sandbox.settings import Value

if TYPE_CHECKING:
    from sandbox.world import World


class Service(ABC):
    """Something outside that answers calls. `api_root` is where its operations' paths begin."""

    slug: ClassVar[str]
    name: ClassVar[str]
    api_root: ClassVar[str]
    schema: ClassVar[str] = ""
    settings: ClassVar[dict[str, Value]] = {}
    setting_choices: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(self, world: "World") -> None:
        self.world = world

    @property
    @abstractmethod
    def operations(self) -> Sequence[Operation]: ...

    @abstractmethod
    def control(self) -> list[Route]:
        """Routes under /_sandbox/api/<slug>/."""

    @abstractmethod
    def clear(self) -> None:
        """Forget everything it was told."""

    def pages(self) -> list[Route]:
        """What a browser sees under /<slug>."""
        return []

    @property
    def tile(self) -> str:
        """What there is to see, on the front page; empty: it has no page."""
        return ""

    def clock_moved(self) -> None:
        """The sandbox's clock was pushed forward."""
        return

    async def run(self) -> None:
        """What goes on by itself for as long as the program runs."""
        return

    # Refusals in the service's own words.

    @abstractmethod
    def fault_reply(self, call: Call, fault: Fault) -> Reply:
        """The answer to a fault of one of the refusing kinds, with its side effect if it has one."""

    @abstractmethod
    def rate_limited(self, call: Call, limit: Limit, resets_at: float) -> Reply: ...

    @abstractmethod
    def server_error(self, call: Call, status: int) -> Reply: ...

    @abstractmethod
    def too_large(self, call: Call) -> Reply: ...

    def forgetful(self, reply: Reply) -> Reply:
        """The same success, without saying what it made; services that say so in a header take that away too."""
        return replace(reply, body=self.without_id(reply.body))

    def without_id(self, body: Any) -> Any:
        """A success that forgets to say what it made."""
        data = {name: value for name, value in body.get("data", body).items() if name != "id"}
        return {**body, "data": data} if "data" in body else data


class Platform(Service):
    """One place to publish."""

    @abstractmethod
    def pages(self) -> list[Route]:
        """The public pages, consent pages and media of the platform."""

    @abstractmethod
    def seed(self, *, accounts: bool) -> None:
        """The default app, accounts (if wanted) and scenery of a new world."""

    @abstractmethod
    def highest_id(self) -> int:
        """The greatest id in use, so that new ones stay above it after a restart."""

    @abstractmethod
    def make_account(self, values: dict[str, Any]) -> Account:
        """An account from the control API's JSON; raises ValueError."""

    @abstractmethod
    def mint(self, account: Account, app: App, scopes: tuple[str, ...] | None) -> dict[str, Any]:
        """Tokens without the consent dance."""

    @abstractmethod
    def published(self) -> int:
        """How many posts the world can see."""

    @property
    def tile(self) -> str:
        return f"{self.published()} posts to see"
