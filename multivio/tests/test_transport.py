"""What production adds where BASE_URL is https: cookies that travel safely, redirects, HSTS."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from multivio.embedded.home import CHECKOUT

SETTINGS = """
import json, django
django.setup()
from django.conf import settings as s
from django.test import Client
secure = Client().get("/healthz", secure=True, headers={"host": "multivio.example.com"})
plain = Client().get("/accounts/login/", headers={"host": "multivio.example.com"})
print(json.dumps({
    "names": [s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME],
    "secure": [s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE],
    "http_only": s.SESSION_COOKIE_HTTPONLY,
    "same_site": [s.SESSION_COOKIE_SAMESITE, s.CSRF_COOKIE_SAMESITE],
    "hsts": secure.headers.get("Strict-Transport-Security"),
    "policy": "Content-Security-Policy" in secure.headers,
    "nosniff": secure.headers.get("X-Content-Type-Options"),
    "plain": [plain.status_code, plain.headers.get("Location")],
}))
"""


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    env = {
        **os.environ,
        "DEBUG": "0",
        "MULTIVIO_SANDBOX": "0",
        "BASE_URL": "https://multivio.example.com",
        "DJANGO_SETTINGS_MODULE": "multivio.settings",
    }
    command = [sys.executable, "-c", SETTINGS]
    done = subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_cookies_are_secure_and_bound_to_the_host(production: dict[str, Any]) -> None:
    assert production["names"] == ["__Host-session", "__Host-csrf"]
    assert production["secure"] == [True, True]
    assert production["http_only"] is True
    assert production["same_site"] == ["Lax", "Lax"]


def test_plain_http_is_sent_to_https_and_https_is_remembered_for_a_year(production: dict[str, Any]) -> None:
    assert production["plain"] == [301, "https://multivio.example.com/accounts/login/"]
    assert production["hsts"] == "max-age=31536000; includeSubDomains"
    assert (production["policy"], production["nosniff"]) == (True, "nosniff")
