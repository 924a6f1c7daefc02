"""Alice owns a workspace, Bob is on her team, Charlie is a stranger; and how each connects an account in the sandbox."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import Member, User, Workspace
from accounts.roles import Role
from accounts.services import Actor, create_workspace, enter
from multivio import tenancy
from sandbox.testing import Running
from social.models import Connection, Grant

_numbers = itertools.count(1)
HOST = "localhost:8000"


def make_user(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}-{next(_numbers)}@example.org", "a-long-enough-password", name=name)


def add_member(workspace: Workspace, user: User, role: Role) -> None:
    """Joining is not the app role's right, so this is done as the system."""
    with tenancy.system("test set-up"):
        Member.objects.create(workspace=workspace, user=user, role=role)


@contextmanager
def acting(user: User, workspace: Workspace) -> Iterator[Actor]:
    """Inside the workspace's context, as this user."""
    with tenancy.tenant(user_id=user.pk):
        actor = enter(user=user, slug=workspace.slug)
        assert actor is not None
        yield actor


def browser(user: User | None = None) -> Client:
    """A browser of its own, signed in as the user."""
    client = Client(headers={"host": HOST})
    if user is not None:
        client.force_login(user)
    return client


@dataclass
class Cast:
    alice: User
    bob: User
    charlie: User
    workspace: Workspace
    elsewhere: Workspace


@pytest.fixture
def cast(db: None) -> Cast:
    alice, bob, charlie = make_user("Alice"), make_user("Bob"), make_user("Charlie")
    workspace = create_workspace(owner=alice, name="Norre Studio", zone="Europe/Copenhagen")
    add_member(workspace, bob, Role.EDITOR)
    return Cast(alice, bob, charlie, workspace, create_workspace(owner=charlie, name="Elsewhere"))


def start(client: Client, workspace: Workspace, provider: str = "x") -> str:
    """Press the button; where the platform's consent page is."""
    answer = client.post(f"/w/{workspace.slug}/connections/connect/{provider}/")
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def come_back(client: Client, address: str) -> Any:
    """Open the callback that the platform sent the browser to."""
    parts = urlsplit(address)
    assert parts.netloc == HOST, address
    return client.get(f"{parts.path}?{parts.query}")


def connect(
    sandbox: Running, client: Client, workspace: Workspace, username: str | None = "norrestudio", provider: str = "x"
) -> Any:
    """The whole way over the sandbox's consent page; None denies. The answer to the callback."""
    return come_back(client, sandbox.control.consent(start(client, workspace, provider), username))


def told(client: Client, answer: Any) -> list[str]:
    """What the page after a redirect says."""
    page = client.get(answer["Location"], follow=True)
    return [str(message) for message in page.context["messages"]]


def all_connections() -> list[Connection]:
    """Of every workspace."""
    with tenancy.system("test"):
        return list(Connection.objects.select_related("grant", "workspace").order_by("id"))


def all_grants() -> list[Grant]:
    with tenancy.system("test"):
        return list(Grant.objects.order_by("created_at"))
