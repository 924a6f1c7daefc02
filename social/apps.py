from django.apps import AppConfig


class SocialConfig(AppConfig):
    """Where: platforms, grants, connections, health."""

    name = "social"
