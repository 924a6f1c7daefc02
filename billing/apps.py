from django.apps import AppConfig


class BillingConfig(AppConfig):
    """May: plans, subscriptions, limits, usage."""

    name = "billing"
