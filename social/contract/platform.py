"""The base of the platform files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from multivio.errors import Problem
from social.contract.capabilities import Capabilities, Need
from social.contract.numbers import Metrics
from social.contract.steps import Job
from social.contract.values import Account, AttemptRef, Profile, Proof, Settled, Settlement, Tokens, Variant
from social.findings import Finding

LOOPBACK = frozenset({"localhost", "127.0.0.1"})


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
