"""Support's view of generations: what, by whom, how long and how dear; never the words."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from ai.models import Generation
from ai.tests.cast import AI, TEXT, generations
from sandbox.testing import Running

LIST = "/admin/ai/generation/"


@pytest.fixture
def desk(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("support@example.org", name="Sanne"))
    return client


@pytest.fixture
def row(sandbox: Running, api: APIClient) -> Generation:
    sandbox.control.grok_says("Quite private words with @somebody.")
    assert api.post(f"{AI}/transform", {"task": "shorten", "text": TEXT}).status_code == 200
    (found,) = generations()
    return found


def test_a_page_has_what_support_needs_and_no_words(desk: Client, row: Generation) -> None:
    shown = desk.get(f"{LIST}{row.pk}/change/").content.decode()
    for told in (
        str(row.uid),
        row.request_id,
        row.model,
        row.prompt_hash,
        "shorten",
        str(row.duration_ms),
        f"{row.tokens_in}",
    ):
        assert told in shown
    assert "private words" not in shown
    assert "@somebody" not in shown


@pytest.mark.parametrize("name", ["uid", "request_id", "prompt_hash"])
def test_it_is_found_by_its_ids_and_by_its_question(desk: Client, row: Generation, name: str) -> None:
    found = desk.get(LIST, {"q": str(getattr(row, name))}).content.decode()
    assert f"{LIST}{row.pk}/change/" in found
    assert "private words" not in found
    assert f"{LIST}{row.pk}/change/" not in desk.get(LIST, {"q": "nothing-of-the-kind"}).content.decode()


def test_nothing_is_changed_by_hand(desk: Client, row: Generation) -> None:
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.post(f"{LIST}{row.pk}/change/", {"credits": 0}).status_code == 403
    assert desk.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    (still,) = generations()
    assert still.credits == row.credits
