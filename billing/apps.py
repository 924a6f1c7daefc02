from django.apps import AppConfig


class BillingConfig(AppConfig):
    """May: plans, subscriptions, limits, usage."""

    name = "billing"

    def ready(self) -> None:
        from billing import counting, receivers  # noqa: F401, PLC0415 - they register themselves
