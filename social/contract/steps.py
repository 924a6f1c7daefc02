"""What a step of publishing is given."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, Protocol

from social.contract.values import Account, Proof, Variant, VariantMedia


class StepKind(StrEnum):
    REPEATABLE = "repeatable"  # restart freely, reuse what is stored
    COMMITTING = "committing"  # makes something public: journalled before, never repeated on a guess
    READING = "reading"


@dataclass(frozen=True)
class Step:
    """One step of publishing. Committing steps are named `commit:1` … in order."""

    name: str
    kind: StepKind


class Stash(Protocol):
    """What repeatable steps leave behind, by name: kept in the database, so that a retry starts where the last one ended."""

    def get(self, name: str) -> Mapping[str, Any] | None: ...
    def put(self, name: str, value: Mapping[str, Any], *, lives_seconds: int) -> None: ...


@dataclass(frozen=True)
class Job:
    """Everything a step may use. `committed` are the proofs of the committing steps already public, in order."""

    account: Account
    variant: Variant
    stash: Stash
    committed: Sequence[Proof] = ()
    opener: "MediaOpener | None" = None
    addresser: "MediaAddresser | None" = None
    renderer: "MediaAddresser | None" = None
    streamer: "MediaAddresser | None" = None

    def address(self, media: VariantMedia) -> str:
        """Where a platform that fetches media itself gets this file, without a cookie, for the next 12 to 24 hours."""
        if self.addresser is None:
            raise RuntimeError("this job has no addresses")
        return self.addresser(media)

    def jpeg_address(self, media: VariantMedia) -> str:
        """The same for a picture as JPEG, for platforms that take no other: made when it is asked for first."""
        if self.renderer is None:
            raise RuntimeError("this job has no renditions")
        return self.renderer(media)

    def own_address(self, media: VariantMedia) -> str:
        """An address of a picture on our own domain that never redirects, for platforms that know whose domain it is: good for
        an hour or two, wherever the file lies."""
        if self.streamer is None:
            raise RuntimeError("this job has no addresses of its own")
        return self.streamer(media)

    def open(self, media: VariantMedia) -> AbstractContextManager[IO[bytes]]:
        if self.opener is None:
            raise RuntimeError("this job has no media")
        return self.opener(media)


class MediaOpener(Protocol):
    def __call__(self, media: VariantMedia) -> AbstractContextManager[IO[bytes]]: ...


class MediaAddresser(Protocol):
    def __call__(self, media: VariantMedia) -> str: ...
