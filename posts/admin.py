"""Support's view of posts, publications and their journal. What can be done here is what the services do, and no more: no
page can set a state."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.services import support_actor
from multivio.support import ReadOnlyAdmin, ReadOnlyInline
from posts import services
from posts.models import Attempt, Lane, Media, Note, PlatformGate, Post, PostMedia, Publication


class MediaInline(ReadOnlyInline):
    model = PostMedia
    fields = readonly_fields = ("part", "position", "media")


class PublicationInline(ReadOnlyInline):
    model = Publication
    fields = readonly_fields = (
        "connection",
        "state",
        "due_at",
        "committed",
        "commits",
        "remote_url",
        "error_sentence",
        "finished_at",
    )
    show_change_link = True


class NoteInline(ReadOnlyInline):
    model = Note
    fields = readonly_fields = ("kind", "author", "version", "created_at")  # not the words: they are between colleagues


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = readonly_fields = (
        "step",
        "status",
        "disproved",
        "disproved_by",
        "fence",
        "started_at",
        "finished_at",
        "http_status",
        "code",
        "sentence",
        "detail",
        "remote_url",
    )


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display = ("headline", "workspace", "state", "approval", "author", "due_at", "created_at")
    list_filter = ("state", "approval", "publications__platform")
    list_select_related = ("workspace", "author")
    search_fields = ("uid", "text", "workspace__slug", "workspace__name", "author__email", "publications__uid")
    search_help_text = "Text, id, workspace, or the author’s address"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    inlines = (PublicationInline, MediaInline, NoteInline)


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = ("post", "connection", "workspace", "state", "due_at", "progress", "error_code", "finished_at")
    list_filter = ("state", "platform", "error_code", "cancel_requested")
    list_select_related = ("post", "connection", "workspace")
    search_fields = ("uid", "remote_id", "post__uid", "connection__username", "workspace__slug", "error_sentence")
    search_help_text = "Id of the publication, the post or the platform; account, workspace, or words of the error"
    date_hierarchy = "due_at"
    ordering = ("-id",)
    inlines = (AttemptInline,)
    actions = ("retry", "cancel")

    @admin.display(description="public")
    def progress(self, publication: Publication) -> str:
        return f"{publication.committed} of {publication.commits}"

    @admin.action(description="Retry what failed or is held", permissions=["act"])
    def retry(self, request: HttpRequest, publications: QuerySet[Any]) -> None:
        self._each(request, publications, "sent back to the queue", services.retry)

    @admin.action(description="Cancel what was not sent", permissions=["act"])
    def cancel(self, request: HttpRequest, publications: QuerySet[Any]) -> None:
        self._each(request, publications, "cancelled", services.cancel_publication)

    def _each(self, request: HttpRequest, publications: QuerySet[Any], verb: str, service: Any) -> None:
        def do(publication: Publication) -> None:
            actor = support_actor(staff=request.user, workspace=publication.workspace)
            service(actor=actor, publication=publication)

        self.act(request, publications, verb, do)


@admin.register(Media)
class MediaAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "kind", "mime", "size", "workspace", "uploaded_by", "created_at")
    list_filter = ("kind", "mime")
    list_select_related = ("workspace", "uploaded_by")
    search_fields = ("uid", "filename", "sha256", "workspace__slug", "uploaded_by__email")
    date_hierarchy = "created_at"


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    list_display = ("connection", "workspace", "platform", "wake_at", "priority", "blocked_until", "paused_reason")
    list_filter = ("platform", "paused_reason", ("blocked_until", admin.EmptyFieldListFilter))
    list_select_related = ("connection", "workspace")
    search_fields = ("connection__username", "workspace__slug")


@admin.register(PlatformGate)
class PlatformGateAdmin(ReadOnlyAdmin):
    list_display = ("platform", "closed_until", "reason")
