"""The addresses to register with the platforms."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command


def printed() -> list[str]:
    out = StringIO()
    call_command("callback_uris", stdout=out)
    return out.getvalue().split()


def test_locally_both_names_of_the_machine(settings: Any) -> None:
    settings.DEBUG, settings.BASE_URL = True, "http://localhost:8000"
    assert printed() == [
        f"http://{host}:8000/connections/callback/{name}"
        for name in (
            "x",
            "x-oauth1",
            "facebook",
            "instagram",
            "instagram-facebook",
            "linkedin",
            "youtube",
            "tiktok",
            "threads",
        )
        for host in ("localhost", "127.0.0.1")
    ]


@pytest.mark.parametrize("debug", [True, False])
def test_elsewhere_only_the_public_address(settings: Any, debug: bool) -> None:
    settings.DEBUG, settings.BASE_URL = debug, "https://app.example.com"
    assert printed() == [
        "https://app.example.com/connections/callback/x",
        "https://app.example.com/connections/callback/x-oauth1",
        "https://app.example.com/connections/callback/facebook",
        "https://app.example.com/connections/callback/instagram",
        "https://app.example.com/connections/callback/instagram-facebook",
        "https://app.example.com/connections/callback/linkedin",
        "https://app.example.com/connections/callback/youtube",
        "https://app.example.com/connections/callback/tiktok",
        "https://app.example.com/connections/callback/threads",
    ]
