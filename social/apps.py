from django.apps import AppConfig


class SocialConfig(AppConfig):
    """Where: platforms, grants, connections, health."""

    name = "social"

    def ready(self) -> None:
        from social import plan_counts, resting  # noqa: F401, PLC0415 - they register themselves
