"""Accounts, jobs and files for the tests of LinkedIn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.testing import Running
from social import platforms
from social.contract import Account, Job, MediaKind, Part, Proof, Tokens, Variant, VariantMedia
from social.platforms.linkedin import LinkedIn
from social.platforms.linkedin_api import ORGANISATION, PERSON
from social.tests.facebook_making import padded, upright_video
from social.tests.making import Files, MemoryStash, picture

COMMUNITY, SHARE = "sandbox-linkedin-client", "sandbox-linkedin-share"
MAJA = f"{PERSON}782bbtaQ01"
NORRE, LAMPS = f"{ORGANISATION}10482039", f"{ORGANISATION}10482040"
_found = platforms.get("linkedin")
assert isinstance(_found, LinkedIn)
LINKEDIN = _found
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << >>\n%%EOF\n"


def account(sandbox: Running, username: str, *, client_id: str = COMMUNITY, **others: Any) -> Account:
    """With a token that the sandbox really issued, and the traits that connecting gives."""
    minted = sandbox.control.tokens(username, platform="linkedin", client_id=client_id, **others)
    remote_id = str(minted["user_id"])
    tokens = Tokens(minted["access_token"], scopes=tuple(minted["scope"].split(",")))
    profile = next((one for one in LINKEDIN.profiles(tokens) if one.remote_id == remote_id), None)
    return Account(remote_id, username, minted["access_token"], traits=profile.traits if profile else {})


def page(sandbox: Running, username: str = "norre-studio", **others: Any) -> Account:
    return account(sandbox, username, **others)


def member(sandbox: Running, username: str = "maja-lindqvist", *, client_id: str = SHARE, **others: Any) -> Account:
    """Through the self-serve product, as most members come."""
    return account(sandbox, username, client_id=client_id, **others)


def content(text: str = "", *media: VariantMedia, **options: Any) -> Variant:
    return Variant((Part(text, media),), options)


def job(
    who: Account,
    variant: Variant,
    files: Files | None = None,
    *,
    stash: MemoryStash | None = None,
    committed: tuple[Proof, ...] = (),
) -> Job:
    return Job(who, variant, stash or MemoryStash(), committed, files)


def photo(files: Files, **fields: Any) -> VariantMedia:
    return files.add(picture("JPEG"), mime="image/jpeg", **fields)


def film(files: Files, at_least: int = 80_000, **fields: Any) -> VariantMedia:
    values = {"width": 540, "height": 960, "duration_ms": 3000, "alt_text": ""} | fields
    return files.add(padded(upright_video(), at_least), kind=MediaKind.VIDEO, mime="video/mp4", **values)


def document(files: Files, **fields: Any) -> VariantMedia:
    values = {"width": 612, "height": 792, "alt_text": "", "frames": 3} | fields
    return files.add(PDF, kind=MediaKind.DOCUMENT, mime="application/pdf", **values)


def publish(one: Job) -> list[Proof]:
    """The whole way; the proofs of all steps."""
    LINKEDIN.prepare(one)
    proofs: list[Proof] = []
    for number in range(1, LINKEDIN.commits(one.variant) + 1):
        proofs.append(LINKEDIN.commit(Job(one.account, one.variant, one.stash, tuple(proofs), one.opener), number))
    return proofs


def only_post(sandbox: Running) -> Mapping[str, Any]:
    (post,) = sandbox.control.posts("linkedin")
    return post


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger(platform="linkedin")]


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
    monkeypatch.setattr(LINKEDIN, "sleep", taken, raising=False)
    return taken
