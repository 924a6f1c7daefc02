"""The set-up doctor: what is missing before accounts can be connected, and what to do about it."""

from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from accounts.roles import Role
from sandbox.testing import Running
from social import doctor
from social.tests.cast import Cast, add_member, browser, come_back, connect, make_user, start


def report(slug: str, *, ask: bool = False) -> doctor.Report:
    return next(one for one in doctor.examine(ask=ask) if one.platform.slug == slug)


def sentences(found: doctor.Report) -> str:
    return " ".join(f"{one.level}: {one.sentence}" for one in found.findings)


def test_on_the_sandbox_everything_is_ready_and_says_so(sandbox: Running) -> None:
    found = report("x", ask=True)
    assert found.level == "ok"
    assert "leads to the sandbox" in sentences(found)
    assert "X answers (HTTP" in sentences(found)


def test_the_addresses_to_register_are_named_exactly() -> None:
    assert "http://localhost:8000/connections/callback/x" in report("x").addresses


def test_half_a_pair_of_keys_is_broken(settings: Settings) -> None:
    settings.FACEBOOK_ON_SANDBOX, settings.FACEBOOK_CLIENT_SECRET = False, ""
    assert "bad: Facebook: FACEBOOK_CLIENT_SECRET is missing." in sentences(report("facebook"))


def test_an_address_without_https_is_broken(settings: Settings) -> None:
    settings.FACEBOOK_ON_SANDBOX, settings.BASE_URL = False, "http://multivio.example"
    assert "platforms send people back to https only" in sentences(report("facebook"))


def test_a_platform_that_does_not_answer_is_broken(settings: Settings) -> None:
    settings.X_API_URL = "http://127.0.0.1:9"
    found = report("x", ask=True)
    assert found.level == "bad"
    assert "X does not answer from here" in sentences(found)


def test_the_version_that_is_called_is_named() -> None:
    assert "ok: Calls version v" in sentences(report("facebook"))


@pytest.mark.parametrize(
    ("today", "level", "words"),
    [("2026-11-01", "warn", "ends on 21 January 2027"), ("2027-02-01", "bad", "ended on 21 January 2027")],
)
def test_a_version_that_ends_is_said_in_time(settings: Settings, today: str, level: str, words: str) -> None:
    settings.FACEBOOK_API_VERSION = "v21.0"
    with time_machine.travel(f"{today}T12:00Z"):
        assert f"{level}: Version v21.0 of the API {words}" in sentences(report("facebook"))


def test_what_the_application_asks_for_is_named() -> None:
    assert "Asks for tweet.read, tweet.write" in sentences(report("x"))


def test_the_last_failed_handshake_is_told_until_one_works(sandbox: Running, cast: Cast) -> None:
    alice = browser(cast.alice)
    address = sandbox.control.consent(start(alice, cast.workspace), "norrestudio")
    sandbox.control.advance(60)  # the code has expired
    come_back(alice, address)
    assert "warn: X: connecting failed last on" in sentences(report("x"))
    connect(sandbox, alice, cast.workspace)
    assert "connecting failed" not in sentences(report("x"))


def test_saying_no_is_no_trouble(sandbox: Running, cast: Cast) -> None:
    connect(sandbox, browser(cast.alice), cast.workspace, None)
    assert "connecting failed" not in sentences(report("x"))


def test_the_command_prints_all_and_fails_when_something_is_broken(sandbox: Running, settings: Settings) -> None:
    out = StringIO()
    call_command("doctor", stdout=out)
    assert "/connections/callback/x" in out.getvalue()
    settings.X_API_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="Something is wrong with X"):
        call_command("doctor", stdout=StringIO())


def test_the_page_shows_it_to_those_who_may_connect(sandbox: Running, cast: Cast) -> None:
    address = f"/w/{cast.workspace.slug}/connections/setup/"
    page = browser(cast.alice).get(f"{address}?ask=1").content.decode()
    assert "X answers (HTTP" in page
    assert "/connections/callback/facebook" in page


def test_others_are_told_who_may(cast: Cast) -> None:
    erin = make_user("Erin")
    add_member(cast.workspace, erin, Role.EDITOR)
    answer = browser(erin).get(f"/w/{cast.workspace.slug}/connections/setup/", follow=True)
    assert "Only an owner or admin sees" in answer.content.decode()


def test_a_stranger_finds_nothing(cast: Cast) -> None:
    assert browser(cast.charlie).get(f"/w/{cast.workspace.slug}/connections/setup/").status_code == 404
