"""What people try and may not: each try is answered clearly, changes nothing, and leaves a note in the trail."""

import time
from collections import Counter
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from accounts import invitations, members
from accounts.audit_models import AuditEntry
from accounts.invitation_links import secret_of
from accounts.models import FirebaseIdentity, Member, User
from accounts.roles import Role
from accounts.services import create_api_key
from accounts.signin import guesses
from accounts.tests.fake_firebase import FakeFirebase
from accounts.tests.people import PASSWORD, Cast, acting, add_member, make_cast, make_user
from accounts.tests.test_firebase import code, exchange
from multivio import tenancy
from multivio.rates import RATES, TooMany

pytestmark = pytest.mark.real_commits
TRIES = 10_000


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def roles(cast: Cast) -> dict[str, str]:
    with tenancy.system("test"):
        rows = Member.objects.filter(workspace=cast.workspace).values_list("user__name", "role")
        return dict(rows.order_by("user__name"))


def noted(action: str, **where: Any) -> list[tuple[str, str]]:
    """Who, and why not."""
    with tenancy.system("test"):
        rows = AuditEntry.objects.filter(action=action, **where).order_by("id")
        return [(row.who, row.reason) for row in rows]


def said(client: Client, answer: Any) -> list[str]:
    page = client.get(answer["Location"], follow=True)
    return [str(message) for message in page.context["messages"]]


def test_an_invitation_that_was_used(cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        invitation = invitations.invite(actor=actor, email="ingrid@example.org", role="editor")
    ingrid = User.objects.create_user("ingrid@example.org", PASSWORD, name="Ingrid")
    address = f"/invitations/{secret_of(invitation)}/"
    client = browser(ingrid)
    client.post(address)
    with acting(cast.alice, cast.workspace) as actor:
        members.remove_member(actor=actor, member=Member.objects.get(workspace=cast.workspace, user=ingrid))
    before = roles(cast)
    assert said(client, client.post(address)) == [invitations.REFUSALS["used"]]
    assert roles(cast) == before == {"Alice": "owner", "Bob": "editor"}
    assert noted("invitation.refused", workspace_id=cast.workspace.pk) == [("Ingrid", invitations.REFUSALS["used"])]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EDITOR, Role.VIEWER])
def test_a_role_raised_by_its_own_holder(cast: Cast, role: Role) -> None:
    climber = make_user("Climber")
    add_member(cast.workspace, climber, role)
    with tenancy.system("test"):
        uid = Member.objects.get(workspace=cast.workspace, user=climber).uid
    client = browser(climber)
    page = client.post(f"/w/{cast.workspace.slug}/settings/members/{uid}/role/", {"role": "owner"})
    (sentence,) = said(client, page)
    headers: Any = {"multivio-workspace": cast.workspace.slug}
    sent = {"role": "owner"}
    answer = client.patch(f"/api/v1/members/{uid}", sent, content_type="application/json", headers=headers)
    assert answer.status_code in {403, 409}
    assert answer.json()["detail"] == sentence
    assert roles(cast)["Climber"] == role
    assert noted("access.refused", workspace_id=cast.workspace.pk) == [("Climber", sentence)] * 2


def test_the_last_owner_leaving(cast: Cast) -> None:
    client = browser(cast.alice)
    (sentence,) = said(client, client.post(f"/w/{cast.workspace.slug}/settings/leave/"))
    assert sentence.startswith("You are the only owner here.")
    assert roles(cast)["Alice"] == "owner"
    assert noted("access.refused", workspace_id=cast.workspace.pk) == [("Alice", sentence)]


def test_the_key_of_a_removed_member(cast: Cast) -> None:
    with acting(cast.bob, cast.workspace) as bob:
        _row, key = create_api_key(actor=bob, name="script")
    with acting(cast.alice, cast.workspace) as alice:
        members.remove_member(actor=alice, member=Member.objects.get(workspace=cast.workspace, user=cast.bob))
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    for answer in (api.get("/api/v1/posts"), api.post("/api/v1/posts", {"text": "x"})):
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    with tenancy.system("test"):
        assert not cast.workspace.posts.exists()
    assert noted("key.refused", workspace_id=cast.workspace.pk) == [("Multivio", "It was revoked.")] * 2
    api.credentials(HTTP_AUTHORIZATION=f"Bearer mv_{'x' * 43}")  # no key ever
    assert api.get("/api/v1/posts").status_code == 401
    assert len(noted("key.refused")) == 2


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"aud": "other-project", "iss": "https://securetoken.google.com/other-project"}, "token_invalid"),
        ({"iat": 60, "auth_time": 60}, "token_invalid"),
        ({"iat": -7200, "exp": -60, "auth_time": -7200}, "token_expired"),
    ],
    ids=["of another project", "by a clock that is fast", "by a clock that is slow"],
)
def test_a_token_of_firebase(firebase: FakeFirebase, changes: dict[str, Any], answer: str) -> None:
    now = int(time.time())
    moved: dict[str, Any] = {name: now + value if isinstance(value, int) else value for name, value in changes.items()}
    refused = exchange(firebase.token(**moved))
    assert code(refused) == (401, answer)
    assert not User.objects.exists()
    assert not FirebaseIdentity.objects.exists()
    assert noted("sign_in.refused") == [("Multivio", f"Firebase: {refused.json()['detail']}")]


def test_an_address_that_somebody_else_took_at_firebase(firebase: FakeFirebase) -> None:
    owner = User.objects.create_user("maja@gmail.com", PASSWORD, name="Maja")
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    assert code(exchange(firebase.token("uid-of-mallory"))) == (409, "account_exists")
    assert User.objects.get() == owner
    assert not FirebaseIdentity.objects.exists()
    # Who has the account sees it among what happened to it.
    assert noted("sign_in.refused", user_id=owner.pk) == [
        ("Somebody", "Somebody who has your address at Firebase tried to sign in.")
    ]
    assert "was refused" in browser(owner).get("/accounts/activity/").content.decode()


def test_ten_thousand_tries_at_a_password(cast: Cast) -> None:
    """From a hundred addresses: what the page asks before and after each look at the password."""
    email, factory, outcomes = cast.alice.email, RequestFactory(), Counter[str]()
    requests: list[HttpRequest] = [factory.post("/", REMOTE_ADDR=f"198.51.100.{n}") for n in range(100)]
    for number in range(TRIES):
        try:
            guesses.try_once(requests[number % 100], email)
        except TooMany:
            outcomes["refused"] += 1
        else:
            guesses.was_wrong(requests[number % 100], email)
            outcomes["looked at"] += 1
    most = RATES["account-guesses"].amount
    assert outcomes == {"looked at": most, "refused": TRIES - most}
    assert len(noted("sign_in.failed", user_id=cast.alice.pk)) == most
    answer = Client().post("/accounts/login/", {"login": email, "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    assert answer.status_code == 429
    assert "too many tries" in answer.content.decode()


def test_what_is_only_looked_at_leaves_no_note(cast: Cast) -> None:
    viewer = make_user("Viewer")
    add_member(cast.workspace, viewer, Role.VIEWER)
    assert browser(viewer).get(f"/w/{cast.workspace.slug}/compose/").status_code == 403
    assert noted("access.refused") == []


def test_nobody_fills_the_trail_with_refusals(cast: Cast, settings: Any) -> None:
    settings.RATE_LIMITS = {"refusals": (3, 3600)}
    client = browser(cast.alice)
    for _ in range(5):
        client.post(f"/w/{cast.workspace.slug}/settings/leave/")
    assert len(noted("access.refused")) == 3
