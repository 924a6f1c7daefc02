from django.apps import AppConfig


class AIConfig(AppConfig):
    """Words: Grok, prompts, brand voice, generations."""

    name = "ai"
