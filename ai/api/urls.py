"""Addresses of `/api/v1/ai/…`."""

from django.urls import path

from ai.api import asking, feeds, looking

urlpatterns = [
    path("ai/tasks", looking.Tasks.as_view(), name="ai-tasks"),
    path("ai/models", looking.Models.as_view(), name="ai-models"),
    path("ai/health", looking.Health.as_view(), name="ai-health"),
    path("ai/usage", looking.Usage.as_view(), name="ai-usage"),
    path("ai/generate", asking.Generate.as_view(), name="ai-generate"),
    path("ai/transform", asking.Transform.as_view(), name="ai-transform"),
    path("ai/estimate", asking.Estimate.as_view(), name="ai-estimate"),
    path("ai/stream", asking.Stream.as_view(), name="ai-stream"),
    path("ai/feed", feeds.Feed.as_view(), name="ai-feed"),
    path("ai/generations", looking.Generations.as_view(), name="ai-generations"),
    path("ai/generations/<uuid:uid>", looking.GenerationItem.as_view(), name="ai-generation"),
    path("ai/generations/<uuid:uid>/taken", looking.Taken.as_view(), name="ai-taken"),
    path("ai/voices", looking.Voices.as_view(), name="ai-voices"),
    path("ai/voices/connections/<uuid:uid>", looking.AccountVoice.as_view(), name="ai-account-voice"),
]
