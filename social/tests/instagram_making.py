"""Accounts by both log-ins, jobs, pictures and videos for the tests of Instagram."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import Account, Job, MediaKind, Part, Proof, Tokens, Variant, VariantMedia
from social.tests.facebook_making import upright_video
from social.tests.hosting import Host, host
from social.tests.making import MemoryStash, picture

__all__ = ["host"]
CLIENT, FACEBOOK_CLIENT = "sandbox-instagram-client", "sandbox-facebook-client"
NORRE, ALMA = "17841400000000001", "17841400000000002"
INSTAGRAM = platforms.get("instagram")
SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_insights",
    "instagram_manage_contents",
)
LOGINS = ["instagram", "facebook"]


def account(sandbox: Running, login: str = "instagram", **others: Any) -> Account:
    """Norre Studio with a token that the sandbox really issued, by Instagram's own log-in or through its Page."""
    if login == "facebook":
        scopes = others.pop("scopes", SCOPES)
        tokens = sandbox.control.tokens(
            "norrestudio", platform="facebook", client_id=FACEBOOK_CLIENT, scopes=scopes, **others
        )
    else:
        tokens = sandbox.control.tokens("norrestudio", platform="instagram", client_id=CLIENT, **others)
    return Account(NORRE, "norrestudio", tokens["access_token"], traits={"login": login})


def granted(sandbox: Running, username: str = "norrestudio", **others: Any) -> Tokens:
    """What Instagram's own log-in gives."""
    minted = sandbox.control.tokens(username, platform="instagram", client_id=CLIENT, **others)
    return Tokens(minted["access_token"], minted["access_token"], scopes=tuple(minted["scope"].split(",")))


def content(text: str = "", *media: VariantMedia, **options: Any) -> Variant:
    return Variant((Part(text, media),), options)


def job(
    who: Account,
    variant: Variant,
    host: Host,
    *,
    stash: MemoryStash | None = None,
    committed: tuple[Proof, ...] = (),
) -> Job:
    return Job(who, variant, stash or MemoryStash(), committed, host.files, host, host)


def photo(host: Host, size: tuple[int, int] = (400, 400), **fields: Any) -> VariantMedia:
    values = {"width": size[0], "height": size[1]} | fields
    return host.files.add(picture("JPEG", size), mime="image/jpeg", **values)


def clip(host: Host, seconds: int = 3, **fields: Any) -> VariantMedia:
    """An upright video, good for a reel or a story."""
    values = {"width": 540, "height": 960, "duration_ms": seconds * 1000, "alt_text": ""} | fields
    return host.files.add(upright_video(seconds), kind=MediaKind.VIDEO, mime="video/mp4", **values)


def publish(one: Job) -> list[Proof]:
    """The whole way; the proofs of all steps."""
    INSTAGRAM.prepare(one)
    proofs: list[Proof] = []
    for number in range(1, INSTAGRAM.commits(one.variant) + 1):
        proofs.append(
            INSTAGRAM.commit(Job(one.account, one.variant, one.stash, tuple(proofs), one.opener), number),
        )
    return proofs


def only_post(sandbox: Running) -> Mapping[str, Any]:
    (post,) = sandbox.control.posts("instagram")
    return post


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger(platform="instagram")]


def containers(sandbox: Running) -> list[Mapping[str, Any]]:
    return list(sandbox.control.call("GET", "instagram/containers")["containers"])


@dataclass
class Naps:
    """Waiting moves the sandbox's clock instead of ours."""

    sandbox: Running
    taken: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.sandbox.control.advance(seconds)


@pytest.fixture(autouse=True)
def naps(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Naps:
    taken = Naps(sandbox)
    monkeypatch.setattr(INSTAGRAM, "sleep", taken, raising=False)
    return taken
