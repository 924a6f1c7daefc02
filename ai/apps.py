from django.apps import AppConfig


class AIConfig(AppConfig):
    """Words: Grok, prompts, brand voice, generations."""

    name = "ai"

    def ready(self) -> None:
        from ai import belongings, plan_counts  # noqa: F401, PLC0415 - they register themselves
