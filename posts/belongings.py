"""What posts and the accounts they go to keep of a person or a workspace: shown to them as a file, and deleted with a workspace."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from accounts.models import User, Workspace
from accounts.signals import personal_data_asked, workspace_data_asked, workspace_deleting
from posts.media import storage
from posts.models import Media, Note, Post, Publication
from posts.slot_models import Slot
from social.models import Connection
from social.services import forget_workspace

Sections = dict[str, list[dict[str, Any]]]


@receiver(personal_data_asked)
def of_person(sender: Any, user: User, **_kwargs: Any) -> Sections:
    """What somebody wrote and uploaded, wherever that was."""
    written = ("workspace__name", "text", "thread", "state", "created_at", "updated_at")
    return {
        "Posts": _rows(Post.objects.filter(author=user), *written),
        "Notes": _rows(Note.objects.filter(author=user), "workspace__name", "kind", "text", "created_at"),
        "Media": _rows(Media.objects.filter(uploaded_by=user), "filename", "mime", "size", "alt_text", "created_at"),
        "Connections you made": _rows(
            Connection.objects.filter(connected_by=user), "platform", "username", "name", "connected_at"
        ),
    }


@receiver(workspace_data_asked)
def of_workspace(sender: Any, workspace: Workspace, **_kwargs: Any) -> Sections:
    """Everything that can be read in its pages."""
    sent = ("post__uid", "platform", "connection__username", "state", "due_at", "finished_at", "remote_url")
    library = ("uid", "filename", "mime", "size", "alt_text", "created_at")
    accounts = ("platform", "username", "name", "health", "connected_at", "disconnected_at")
    return {
        "Posts": _rows(
            Post.objects.filter(workspace=workspace),
            "uid", "author__name", "text", "thread", "state", "approval", "due_at", "proposed_for", "created_at",
        ),
        "Publications": _rows(Publication.objects.filter(workspace=workspace), *sent),
        "Notes": _rows(
            Note.objects.filter(workspace=workspace), "post__uid", "author__name", "kind", "text", "created_at"
        ),
        "Media": _rows(Media.objects.filter(workspace=workspace), *library),
        "Connections": _rows(Connection.objects.filter(workspace=workspace), *accounts),
        "Posting schedules": _rows(
            Slot.objects.filter(workspace=workspace), "connection__platform", "connection__username", "weekday", "at"
        ),
    }  # fmt: skip


def _rows(rows: Any, *fields: str) -> list[dict[str, Any]]:
    return list(rows.order_by("pk").values(*fields))


@receiver(workspace_deleting)
def delete_all(sender: Any, workspace: Workspace, **_kwargs: Any) -> None:
    """Posts with their history, then the library, then the connections they went to; files once it is committed."""
    Publication.objects.filter(workspace=workspace).delete()
    Post.objects.filter(workspace=workspace).delete()
    library = Media.objects.filter(workspace=workspace)
    names = [name for pair in library.values_list("storage_name", "preview_name") for name in pair if name]
    library.delete()
    forget_workspace(workspace)
    transaction.on_commit(lambda: storage.remove(*names))
