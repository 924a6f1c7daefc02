"""Support's view of people, workspaces and API keys. Of secrets there is nothing here: no password, no key, no hash of one."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path

from accounts import audit
from accounts.audit_models import AuditEntry, SupportVisit
from accounts.models import ApiKey, Invitation, Member, User, Workspace
from accounts.services import revoke_api_key, support_actor
from accounts.trail.desk import open_as_support
from multivio.support import ModelAdmin, ReadOnlyAdmin, ReadOnlyInline

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class MembershipInline(ReadOnlyInline):
    model = Member
    fields = readonly_fields = ("workspace", "role", "joined_at")


class MemberInline(ReadOnlyInline):
    model = Member
    fields = readonly_fields = ("user", "role", "joined_at")


@admin.register(User)
class UserAdmin(ModelAdmin):
    """Names can be put right and accounts closed. Powers over the support desk are for superusers to give."""

    fields = ("email", "name", "is_active", *POWERS, "date_joined", "last_login")
    filter_horizontal = ("groups", "user_permissions")
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name", "memberships__workspace__slug")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined",)
    inlines = (MembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The address is how somebody signs in, so it changes only with a confirmation.
        fixed = ("email", "date_joined", "last_login")
        return fixed if request.user.is_superuser else (*fixed, *POWERS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or obj is None or not obj.is_superuser)


@admin.register(Workspace)
class WorkspaceAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "zone", "approval", "closing_at", "created_at")
    list_filter = ("approval", ("closing_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "slug", "uid", "members__user__email")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines = (MemberInline,)
    change_form_template = "admin/workspace.html"

    def get_urls(self) -> list[Any]:
        door = self.admin_site.admin_view(open_as_support)
        return [path("<int:pk>/open/", door, name="open_workspace"), *super().get_urls()]


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ("user", "workspace", "role", "joined_at")
    list_filter = ("role",)
    list_select_related = ("user", "workspace")
    search_fields = ("user__email", "user__name", "workspace__slug", "workspace__name")
    date_hierarchy = "joined_at"


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was asked to join what. The hash of the link is left out by name."""

    fields = (
        "email", "workspace", "role", "invited_by", "created_at", "sent_at", "expires_at", "accepted_at",
        "accepted_by", "revoked_at",
    )  # fmt: skip
    list_display = ("email", "workspace", "role", "invited_by", "sent_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("workspace", "invited_by")
    search_fields = ("email", "uid", "workspace__slug", "invited_by__email")
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("digest")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    # The hash is left out by name, so that no page can show it.
    fields = ("name", "prefix", "workspace", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_display = ("name", "prefix", "workspace", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("workspace", "user")
    search_fields = ("name", "prefix", "uid", "workspace__slug", "user__email")
    date_hierarchy = "created_at"
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("digest")

    @admin.action(description="Revoke at once", permissions=["act"])
    def revoke(self, request: HttpRequest, keys: QuerySet[Any]) -> None:
        def revoke(key: ApiKey) -> None:
            revoke_api_key(actor=support_actor(staff=request.user, workspace=key.workspace), key=key)

        self.act(request, keys, "revoked", revoke)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Deleting one lets somebody in again who lost their second factor. Its secret is never shown."""

    fields = ("user", "type", "created_at", "last_used_at")
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Where somebody is signed in. The session's key would let support in as them, so it is left out."""

    fields = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    actions = ("end",)

    @admin.action(description="Sign out at once", permissions=["act"])
    def end(self, request: HttpRequest, sessions: QuerySet[Any]) -> None:
        def end(session: UserSession) -> None:
            audit.record(actor=None, action="sign_out", target=session.user, workspace=None, reason="By support")
            session.end()

        self.act(request, sessions, "signed out", end)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The trail across workspaces. Nobody changes it here either; the database would not let them."""

    fields = (
        "at",
        "workspace",
        "kind",
        "user",
        "api_key",
        "action",
        "target_type",
        "target_id",
        "origin",
        "content",
        "request_id",
        "seq",
        "hash",
    )
    list_display = ("at", "workspace", "kind", "who", "action", "label", "seq")
    list_filter = ("kind", "target_type")
    list_select_related = ("workspace",)
    search_fields = ("action", "target_id", "request_id", "workspace__slug", "user__email")
    search_help_text = "Action, id of what it was done to, request id, workspace, or a person’s address"
    date_hierarchy = "at"
    ordering = ("-id",)


@admin.register(SupportVisit)
class SupportVisitAdmin(ReadOnlyAdmin):
    list_display = ("staff", "workspace", "reason", "may_write", "started_at", "ends_at", "ended_at")
    list_filter = ("may_write", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("staff", "workspace")
    search_fields = ("staff__email", "workspace__slug", "reason")
    date_hierarchy = "started_at"
