from django.apps import AppConfig


class MultivioConfig(AppConfig):
    """The ground: tenancy, encryption, outbound HTTP, API errors, commands."""

    name = "multivio"
    verbose_name = "Multivio"

    def ready(self) -> None:
        from multivio import checks  # noqa: F401, PLC0415 - registers the system checks
