from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who: users, workspaces, members, roles, API keys."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401, PLC0415
        from accounts.signin import factors  # noqa: F401, PLC0415 - seals anew what other keys sealed
        from accounts.signin import receivers as signin_receivers  # noqa: F401, PLC0415
