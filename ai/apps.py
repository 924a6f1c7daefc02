from django.apps import AppConfig


class AIConfig(AppConfig):
    """Words: Grok, prompts, brand voice, generations."""

    name = "ai"

    def ready(self) -> None:
        from ai import belongings  # noqa: F401, PLC0415 - receivers
        from billing import limits  # noqa: PLC0415 - models are only known now
        from billing.plans import What  # noqa: PLC0415

        limits.metered(What.AI_CREDITS)
