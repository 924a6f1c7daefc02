"""Programs that call the API, each with a member's key."""

from typing import Any

from rest_framework.test import APIClient

from accounts.models import User, Workspace
from accounts.services import create_api_key
from posts.tests.factories import acting

NO_PLAN = {"publish_at": None, "next_free_slot": False, "due_at": None, "proposed_for": None}


def caller(user: User, workspace: Workspace) -> APIClient:
    with acting(user, workspace) as actor:
        _row, key = create_api_key(actor=actor, name="test")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def fields_and_codes(answer: Any) -> list[tuple[str, str]]:
    """What a refusal names: (field, code) of each problem."""
    return [(found["field"], found["code"]) for found in answer.json()["errors"]]
