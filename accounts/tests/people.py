"""The cast: Alice owns a workspace, Bob is on her team, Charlie is a stranger with a workspace of his own."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from accounts.models import Member, User, Workspace
from accounts.roles import Role
from accounts.services import Actor, create_workspace, enter
from multivio import tenancy

_numbers = itertools.count(1)
PASSWORD = "a-long-enough-password"


def make_user(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}-{next(_numbers)}@example.org", PASSWORD, name=name)


def make_workspace(owner: User, name: str = "Norre Studio", zone: str = "Europe/Copenhagen") -> Workspace:
    return create_workspace(owner=owner, name=name, zone=zone)


def add_member(workspace: Workspace, user: User, role: Role = Role.EDITOR) -> Member:
    """A member with a role; joining is not the app role's right, so this is done as the system."""
    with tenancy.system("test set-up"):
        return Member.objects.create(workspace=workspace, user=user, role=role)


@contextmanager
def acting(user: User, workspace: Workspace) -> Iterator[Actor]:
    """Inside the workspace's context, as this user."""
    with tenancy.tenant(user_id=user.pk):
        actor = enter(user=user, slug=workspace.slug)
        assert actor is not None
        yield actor


@dataclass
class Cast:
    alice: User
    bob: User
    charlie: User
    workspace: Workspace
    elsewhere: Workspace


def make_cast() -> Cast:
    alice, bob, charlie = make_user("Alice"), make_user("Bob"), make_user("Charlie")
    workspace = make_workspace(alice)
    add_member(workspace, bob)
    return Cast(alice, bob, charlie, workspace, make_workspace(charlie, "Elsewhere"))
