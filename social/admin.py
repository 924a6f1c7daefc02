"""The support desk's view of grants and connections: everything but the tokens, nothing to change by hand."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from social.models import Connection, Grant

if TYPE_CHECKING:  # generic for the type checker only
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class ReadOnly(Base):
    """Rows come from handshakes and refreshes only; support looks."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Grant)
class GrantAdmin(ReadOnly):
    # The encrypted fields are left out by name, so that a page about a grant cannot even open them.
    fields = (
        "id",
        "workspace",
        "platform",
        "protocol",
        "remote_user_id",
        "granted_by",
        "scopes",
        "expires_at",
        "refreshed_at",
        "refresh_failures",
        "revision",
        "dead_at",
        "dead_reason",
        "created_at",
    )
    list_display = (
        "__str__",
        "workspace",
        "protocol",
        "expires_at",
        "refreshed_at",
        "refresh_failures",
        "connection_count",
        "dead_reason",
    )
    list_filter = ("platform", "protocol", ("dead_at", admin.EmptyFieldListFilter), "refresh_failures")
    list_select_related = ("workspace",)
    search_fields = ("remote_user_id", "workspace__slug", "workspace__name", "connections__username")
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        rows = rows.annotate(connection_count=Count("connections", distinct=True))
        return rows.defer("access_token", "refresh_token", "token_secret")

    @admin.display(description="connections", ordering="connection_count")
    def connection_count(self, grant: Any) -> int:
        return int(grant.connection_count)


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    list_display = (
        "__str__",
        "name",
        "workspace",
        "health",
        "health_reason",
        "connected_at",
        "disconnected_at",
        "resting_at",
    )
    list_filter = (
        "platform", "health", ("disconnected_at", admin.EmptyFieldListFilter), ("resting_at", admin.EmptyFieldListFilter),
        "grant__protocol",
    )  # fmt: skip
    list_select_related = ("workspace",)
    search_fields = (
        "username",
        "name",
        "remote_id",
        "uid",
        "workspace__slug",
        "workspace__name",
        "connected_by__email",
    )
    date_hierarchy = "connected_at"
