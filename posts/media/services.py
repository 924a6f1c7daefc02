"""Writes of the media library. Every rule about them is here."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from typing import IO, Any

from django.db import transaction

from accounts import audit
from accounts.rates import by_person
from accounts.roles import Right
from accounts.services import Actor, actor_in
from billing import limits
from billing.plans import What
from multivio.errors import Conflict, Forbidden, Invalid, Problem
from multivio.ids import new_uid
from multivio.tenancy import tenant
from posts.media import renditions, storage
from posts.media.formats import WEBP
from posts.media.inspect import Inspected, prepare
from posts.models import Media, Post
from posts.states import Approval, PostState
from social.contract import VariantMedia

ALT_TEXT_LIMIT = 1000
FILENAME_LIMIT = 200


def store_upload(*, actor: Actor, file: Any, alt_text: str = "", made_by_ai: bool = False) -> Media:
    """Inspect a `django.core.files.File`, store it with a preview, and list it in the actor's workspace.

    Call it outside a transaction: inspecting and storing take as long as they take, and only the row is written in one.
    Raises Forbidden, and Invalid with one sentence for a file that is not taken; any failure deletes what was stored.
    """
    actor.require(Right.WRITE_POSTS)
    _check_alt_text(alt_text)
    if not made_by_ai:  # that was counted when it was asked for, and is paid by now
        by_person("uploads", actor)
    found, content = prepare(file.file)
    with _stored(actor, file, found, content) as names, tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk):
        _require_still(actor)
        limits.require(actor.workspace, What.STORAGE, found.size)
        media = Media.objects.create(
            **names,
            workspace=actor.workspace,
            uploaded_by=actor.user,
            kind=found.kind,
            mime=found.mime,
            filename=(file.name or "")[-FILENAME_LIMIT:],
            size=found.size,
            width=found.width,
            height=found.height,
            duration_ms=found.duration_ms,
            frames=found.frames,
            sha256=found.sha256,
            alt_text=alt_text,
            made_by_ai=made_by_ai,
        )
        after = audit.fields(media, "filename", "mime", "size", "alt_text")
        audit.record(actor=actor, action="media.uploaded", target=media, workspace=actor.workspace, after=after)
        return media


@contextmanager
def _stored(actor: Actor, file: Any, found: Inspected, content: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Store original and preview; the fields of the row that name them. Deletes both when the row is not written."""
    uid = new_uid()
    kept: list[str] = []
    # Only an unchanged file may be moved; a stripped picture is another one.
    path = file.temporary_file_path() if content is file.file and hasattr(file, "temporary_file_path") else ""
    original = storage.Incoming(content, mime=found.mime, path=path)
    preview = storage.Incoming(BytesIO(found.preview), mime=WEBP.mime)
    try:
        kept.append(storage.save(storage.name_for(actor.workspace.uid, uid, found.format.ext), original))
        kept.append(storage.save(storage.name_for(actor.workspace.uid, uid, f"preview.{WEBP.ext}"), preview))
        yield {"uid": uid, "storage_name": kept[0], "preview_name": kept[1]}
    except BaseException:
        storage.remove(*kept)
        raise


def _require_still(actor: Actor) -> None:
    """An upload may take an hour; the role of the moment counts."""
    now = actor_in(user=actor.user, workspace_id=actor.workspace.pk)
    if now is None:
        raise Forbidden("You are no longer a member of this workspace.")
    now.require(Right.WRITE_POSTS)


@transaction.atomic
def describe(*, actor: Actor, media: Media, alt_text: str) -> Media:
    """Set the alt text. Raises Forbidden, and Invalid for more than ALT_TEXT_LIMIT characters."""
    actor.require(Right.WRITE_POSTS)
    _check_alt_text(alt_text)
    if alt_text != media.alt_text and not actor.may(Right.APPROVE) and _is_in_approved_post(media):
        raise Conflict("It is part of a post that was approved. Who may approve can change its words.", code="approved")
    before = audit.fields(media, "alt_text")
    media.alt_text = alt_text
    media.save(update_fields=["alt_text"])
    audit.record(
        actor=actor,
        action="media.described",
        target=media,
        workspace=actor.workspace,
        before=before,
        after=audit.fields(media, "alt_text"),
    )
    return media


def _is_in_approved_post(media: Media) -> bool:
    """Alt text is published with the picture: it must not change between a yes and the publishing."""
    rows = Post.objects.filter(attached__media=media, approval=Approval.APPROVED)
    return rows.exclude(state__in=[PostState.PUBLISHED, PostState.CANCELLED]).exists()


@transaction.atomic
def delete(*, actor: Actor, media: Media) -> None:
    """Delete a media item that no post uses, its files after the commit. Raises Forbidden and Conflict."""
    actor.require(Right.WRITE_POSTS)
    Media.objects.select_for_update().filter(pk=media.pk).first()
    uses = media.uses.values("post").distinct().count()
    if uses:
        raise Conflict(
            f"{'A post uses' if uses == 1 else f'{uses} posts use'} this file: take it out there first.",
            code="media_in_use",
        )
    names = (media.storage_name, media.preview_name, renditions.jpeg_name(media.storage_name))
    before = audit.fields(media, "filename", "mime", "size", "alt_text")
    audit.record(actor=actor, action="media.deleted", target=media, workspace=actor.workspace, before=before)
    media.delete()
    transaction.on_commit(lambda: storage.remove(*names))


def _check_alt_text(alt_text: str) -> None:
    if len(alt_text) > ALT_TEXT_LIMIT:
        sentence = f"Alt text may have at most {ALT_TEXT_LIMIT} characters; this has {len(alt_text)}."
        raise Invalid.because([Problem(field="alt_text", code="too_long", message=sentence)])


def open_media(media: VariantMedia) -> AbstractContextManager[IO[bytes]]:
    """A stream of the file's bytes, for the publisher: `social.contract.MediaOpener`. Raises FileNotFoundError."""
    return storage.opened(media.storage_name)
