"""Bases of the support desk's pages. Rows are made by people and by the engine; support reads them, and acts by services."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest

from multivio.errors import DomainError

if TYPE_CHECKING:  # generic for the type checker only
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline

log = structlog.get_logger(__name__)


class ReadOnlyAdmin(ModelAdmin):
    """A list and pages to read. Whoever may change the model may also use the page's actions."""

    show_full_result_count = False  # counting millions of rows to say so helps nobody

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def act(self, request: HttpRequest, rows: Iterable[models.Model], verb: str, do: Callable[[Any], object]) -> None:
        """Do one thing to each row by a service, each on its own; say and log what became of it."""
        for row in rows:
            refusal = self._try(row, do)
            log.info(
                "support acted", action=verb, model=row._meta.label, row=row.pk, staff=request.user.pk, refusal=refusal
            )
            if refusal:
                self.message_user(request, f"{row}: {refusal}", messages.ERROR)
                continue
            # The service wrote what it did into the audit trail; this is Django's own history of the page only.
            admin.ModelAdmin.log_change(self, request, row, f"Support: {verb}")
            self.message_user(request, f"{row}: {verb}.", messages.SUCCESS)

    def _try(self, row: models.Model, do: Callable[[Any], object]) -> str:
        try:
            with transaction.atomic():
                do(row)
        except DomainError as error:
            return error.message
        return ""


class ReadOnlyInline(TabularInline):
    """Rows that belong to a page, to read."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
