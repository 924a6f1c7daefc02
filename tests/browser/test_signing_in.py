"""A passkey, from adding it to signing in by it alone, and as a second factor; and a key for a program, seen once."""

import re

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from accounts.tests.people import PASSWORD
from tests.browser.conftest import Open, Studio, Visitor

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def person(visit: Open, studio: Studio) -> Visitor:
    """Maja at the sign-in page, with a device that keeps passkeys."""
    EmailAddress.objects.create(user=studio.maja, email=studio.maja.email, verified=True, primary=True)
    visitor = visit()
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return visitor


def by_password(visitor: Visitor, studio: Studio) -> None:
    visitor.go("/accounts/login/")
    visitor.page.get_by_label("E-mail").fill(studio.maja.email)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(visitor: Visitor) -> None:
    visitor.go("/accounts/logout/")
    visitor.page.get_by_role("main").get_by_role("button", name="Sign out").click()
    visitor.page.wait_for_load_state("networkidle")


def test_a_passkey_signs_in_by_itself_and_after_the_password(person: Visitor, studio: Studio) -> None:
    page = person.page
    by_password(person, studio)
    page.wait_for_url(re.compile(studio.path))
    person.go("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Current password").or_(page.get_by_label("Password")).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name it").fill("Laptop")
    page.wait_for_load_state()  # the buttons of passkeys wake up with the page
    page.get_by_label("It may sign me in by itself").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    person.go("/accounts/2fa/webauthn/")
    expect(page.get_by_text("Signs you in by itself")).to_be_visible()

    sign_out(person)
    person.go("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(studio.path))

    sign_out(person)
    by_password(person, studio)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    person.go(f"{studio.path}/")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(studio.path))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_of_signing_in_fit_and_are_calm(visit: Open, studio: Studio, width: int, theme: str) -> None:
    visitor = visit(width=width, theme=theme)
    for path in ("/accounts/login/", "/accounts/login/code/"):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    visitor.sign_in(studio.maja)
    for path in ("/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/sessions/", f"{studio.path}/settings/keys/"):
        visitor.go(path)
        assert visitor.page.locator("h1").count() == 1, path
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_key_is_copied_once(person: Visitor, studio: Studio) -> None:
    page = person.page
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.sign_in(studio.maja)
    person.go(f"{studio.path}/settings/keys/")
    page.get_by_label("What it is for").fill("Website")
    page.get_by_label("Schedule and publish posts").check()
    page.get_by_role("button", name="Make key").click()
    key = page.get_by_label("The key").input_value()
    assert key.startswith("mv_")
    page.wait_for_load_state()  # the button works once the scripts are there
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
    person.go(f"{studio.path}/settings/keys/")
    assert key not in page.content()
    page.get_by_role("button", name="Revoke Website").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No key yet")).to_be_visible()
