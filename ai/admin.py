"""Support's view of what Grok was asked: which task of which model, how long it took and what it cost. Never the words."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ai.credits import TICKS_A_DOLLAR
from ai.models import Generation
from multivio.support import ReadOnlyAdmin


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    # What was written and what is wrong with it, which quotes it, are left out by name, so that no page can show them.
    fields = (
        "uid",
        "workspace",
        "user",
        "connection",
        "platform",
        "task",
        "prompt_version",
        "question",
        "model",
        "request_id",
        "state",
        "error_code",
        "repaired",
        "taken",
        "tokens_in",
        "tokens_out",
        "cost",
        "credits",
        "first_word_ms",
        "duration_ms",
        "created_at",
        "asked_at",
    )
    list_display = ("created_at", "task", "workspace", "model", "state", "error_code", "tokens", "cost", "took")
    list_filter = ("state", "task", "error_code")
    list_select_related = ("workspace",)
    search_fields = ("uid", "request_id", "prompt_hash", "workspace__slug", "workspace__name", "user__email")
    search_help_text = "Id here or at the service, the mark of the question, workspace, or whose it is"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("text", "items", "problems")

    @admin.display(description="mark of the question")
    def question(self, row: Generation) -> str:
        """The same for the same question; nothing of it can be read from there."""
        return row.prompt_hash

    @admin.display(description="tokens")
    def tokens(self, row: Generation) -> str:
        return f"{row.tokens_in:,} + {row.tokens_out:,}"

    @admin.display(description="cost", ordering="cost_ticks")
    def cost(self, row: Generation) -> str:
        return f"{'about ' if row.cost_is_estimate else ''}${row.cost_ticks / TICKS_A_DOLLAR:.6f}"

    @admin.display(description="took", ordering="duration_ms")
    def took(self, row: Generation) -> str:
        return f"{row.duration_ms / 1000:.1f} s"
