"""Nobody is asked how they want to hear of something that nothing ever tells them."""

import re

import pytest
from django.test import Client

from accounts.inbox.forms import ABOUT
from accounts.notification_models import Kind
from accounts.preferences import DEFAULTS, NOT_SENT_YET, OFFERED
from accounts.tests.people import make_cast
from multivio.embedded.home import CHECKOUT

# These only know of kinds; everywhere else a kind is named by who tells of it.
LISTS = {"accounts/notification_models.py", "accounts/preferences.py", "accounts/inbox/forms.py"}


def told_somewhere() -> set[Kind]:
    found: set[Kind] = set()
    for app in ("accounts", "billing", "social", "ai", "posts"):
        for path in (CHECKOUT / app).rglob("*.py"):
            name = str(path.relative_to(CHECKOUT))
            text = path.read_text()
            if "/tests/" not in name and name not in LISTS and "notification_models import" in text:
                found |= {kind for kind in Kind if re.search(rf"\bKind\.{kind.name}\b", text)}
    return found


def test_what_is_offered_is_exactly_what_something_sends() -> None:
    assert set(OFFERED) == told_somewhere()
    assert set(DEFAULTS) == set(ABOUT) == set(Kind)


@pytest.mark.django_db
def test_page_and_api_ask_about_no_other() -> None:
    client = Client()
    client.force_login(make_cast().alice)
    page = client.get("/accounts/notifications/").content.decode()
    asked = {kind for kind in Kind if f'name="{kind.value}-mail"' in page}
    answer = client.get("/api/v1/notifications/preferences").json()
    assert asked == set(OFFERED) == {Kind(name) for name in answer}
    sent = {kind.value: {"mail": "off"} for kind in NOT_SENT_YET}
    refused = client.patch("/api/v1/notifications/preferences", sent, content_type="application/json")
    assert refused.status_code == (422 if sent else 200)
