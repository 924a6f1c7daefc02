"""The same against Google's own auth emulator. It needs Node and the npm package firebase-tools (`make firebase-tools`, or
`firebase` on the PATH); without them these tests are skipped.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import firebase_admin
import pytest
import requests
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import FirebaseIdentity, User
from accounts.signin import firebase_token
from accounts.signin.firebase_checking import check_due
from multivio.embedded.home import CHECKOUT
from multivio.testing.environment import free_port

pytestmark = [pytest.mark.real_commits, pytest.mark.processes]
PROJECT = "demo-multivio"
START_SECONDS = 180
DOOR = "/api/v1/auth/firebase"
PASSWORD = "a-password-at-firebase"
# The tool asks the internet for news first, and waits long for an answer where there is none.
OFFLINE = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "CI": "1"}


def tool() -> str | None:
    own = CHECKOUT / ".data" / "firebase-tools" / "node_modules" / ".bin" / "firebase"
    return str(own) if own.exists() else shutil.which("firebase")


@dataclass
class Emulator:
    host: str

    def ask(self, method: str, **sent: Any) -> dict[str, Any]:
        """A call of Firebase's REST as the project's owner."""
        address = f"http://{self.host}/identitytoolkit.googleapis.com/v1/{method}"
        answer = requests.post(
            address, params={"key": "any"}, json=sent, headers={"Authorization": "Bearer owner"}, timeout=10
        )
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def register(self, email: str, *, confirmed: bool = True) -> str:
        uid = str(self.ask("accounts:signUp", email=email, password=PASSWORD, returnSecureToken=True)["localId"])
        self.change(uid, emailVerified=confirmed)
        return uid

    def change(self, uid: str, **fields: Any) -> None:
        self.ask(f"projects/{PROJECT}/accounts:update", localId=uid, **fields)

    def token(self, email: str) -> str:
        told = self.ask("accounts:signInWithPassword", email=email, password=PASSWORD, returnSecureToken=True)
        return str(told["idToken"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    found = tool()
    if found is None or shutil.which("node") is None:
        pytest.skip("Google's auth emulator is not installed (Node and npm's firebase-tools; `make firebase-tools`)")
    home = tmp_path_factory.mktemp("firebase")
    port = free_port()
    emulators: dict[str, Any] = {
        "auth": {"host": "127.0.0.1", "port": port},
        "hub": {"port": free_port()},
        "logging": {"port": free_port()},
        "ui": {"enabled": False},
    }
    (home / "firebase.json").write_text(json.dumps({"emulators": emulators}))
    command = [found, "emulators:start", "--only", "auth", "--project", PROJECT]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env={**os.environ, **OFFLINE}, stdout=log, stderr=log)
        try:
            yield _when_ready(process, f"127.0.0.1:{port}", home / "log")
        finally:
            process.terminate()
            process.wait(60)


def _when_ready(process: "subprocess.Popen[bytes]", host: str, log: Path) -> Emulator:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"http://{host}/", timeout=2)
            return Emulator(host)
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError("the emulator did not start:\n" + log.read_text()[-2000:])


@pytest.fixture
def emulator(running: Emulator, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", running.host)
    settings.FIREBASE_EMULATOR = running.host
    settings.FIREBASE_PROJECT_ID = PROJECT
    settings.FIREBASE_WEB_API_KEY = "any"
    settings.FIREBASE_SIGN_IN = True
    yield running
    requests.delete(f"http://{running.host}/emulator/v1/projects/{PROJECT}/accounts", timeout=10).raise_for_status()
    try:
        firebase_admin.delete_app(firebase_admin.get_app(firebase_token.NAME))
    except ValueError:
        return


def exchange(token: str) -> tuple[int, str]:
    answer = APIClient().post(DOOR, {"id_token": token})
    return answer.status_code, answer.json().get("code", answer.json().get("state"))


def test_the_life_of_an_account(emulator: Emulator) -> None:
    uid = emulator.register("maja@example.org")
    assert exchange(emulator.token("maja@example.org")) == (200, "signed_in")
    assert FirebaseIdentity.objects.get().uid == uid
    before = emulator.token("maja@example.org")
    time.sleep(1.1)  # Firebase counts in whole seconds
    emulator.change(uid, validSince=str(int(time.time())))
    assert exchange(before) == (401, "token_revoked")
    assert exchange(emulator.token("maja@example.org")) == (200, "signed_in")
    last = emulator.token("maja@example.org")
    emulator.change(uid, disableUser=True)
    assert exchange(last) == (403, "account_closed")
    emulator.ask(f"projects/{PROJECT}/accounts:delete", localId=uid)
    assert exchange(last) == (401, "token_invalid")
    assert User.objects.count() == 1


def test_an_address_that_is_not_confirmed_opens_nothing(emulator: Emulator) -> None:
    emulator.register("maja@example.org", confirmed=False)
    assert exchange(emulator.token("maja@example.org")) == (403, "email_not_verified")
    assert not User.objects.exists()


def test_the_form_asks_firebase_itself(emulator: Emulator) -> None:
    emulator.register("maja@example.org")
    browser = Client()
    wrong = browser.post("/accounts/firebase/", {"email": "maja@example.org", "password": "wrong"})
    unknown = browser.post("/accounts/firebase/", {"email": "nobody@example.org", "password": "wrong"})
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    right = browser.post("/accounts/firebase/", {"email": "maja@example.org", "password": PASSWORD})
    assert right.status_code == 302
    assert browser.get("/accounts/email/").status_code == 200


def test_who_is_closed_there_is_signed_out_here(emulator: Emulator) -> None:
    uids = {name: emulator.register(f"{name}@example.org") for name in ("closed", "deleted", "revoked", "still-there")}
    browsers = {name: Client() for name in uids}
    for name, browser in browsers.items():
        browser.post("/accounts/firebase/", {"email": f"{name}@example.org", "password": PASSWORD})
    assert check_due() == 0
    FirebaseIdentity.objects.update(checked_at=None)
    emulator.change(uids["closed"], disableUser=True)
    emulator.ask(f"projects/{PROJECT}/accounts:delete", localId=uids["deleted"])
    emulator.change(uids["revoked"], validSince=str(int(time.time()) + 1))
    assert check_due() == 3
    inside = [name for name, browser in browsers.items() if browser.get("/accounts/email/").status_code == 200]
    assert inside == ["still-there"]
