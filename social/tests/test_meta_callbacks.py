"""Meta's own notices: somebody removed the app, or wants their data deleted. Only what Meta signed counts."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from accounts.models import Workspace
from multivio import tenancy
from sandbox.platforms.graph import signed_request
from social.contract import Profile, Tokens
from social.models import Connection, DataDeletion, Grant
from social.services import store_grant
from social.signals import connection_lost
from social.signed_requests import Forged, read
from social.tests.cast import HOST, Cast, acting, all_connections, all_grants

SECRET = "sandbox-facebook-secret"
DEAUTHORIZE, DELETION = "/connections/meta/deauthorize", "/connections/meta/data-deletion"
BOTH = [DEAUTHORIZE, DELETION]


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(user_id: str = "1001", *, secret: str = SECRET, **changes: Any) -> str:
    said = {"algorithm": "HMAC-SHA256", "issued_at": int(time.time()), "user_id": user_id, **changes}
    payload = encoded(json.dumps({name: value for name, value in said.items() if value is not None}).encode())
    return f"{encoded(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest())}.{payload}"


def send(path: str, value: str | None, client: Client | None = None) -> Any:
    # A browser of the test client checks for CSRF only when told to; Meta has no token to send.
    sender = client or Client(headers={"host": HOST}, enforce_csrf_checks=True)
    return sender.post(path, {} if value is None else {"signed_request": value})


def keep(
    cast: Cast, user_id: str = "1001", *, platform: str = "facebook", kind: str = "page", number: int = 1
) -> Grant:
    """A grant of a person with as many connections."""
    profiles = [
        Profile(f"{user_id}-{index}", f"page{index}", f"Page {index}", kind=kind, owner_id=user_id, traits={"a": 1})
        for index in range(number)
    ]
    with acting(cast.alice, cast.workspace) as actor:
        store_grant(
            actor=actor,
            platform=platform,
            protocol="oauth2",
            tokens=Tokens("access", "refresh", scopes=("pages_show_list",)),
            profiles=profiles,
        )
    return all_grants()[-1]


# -- what is signed and what is not -----------------------------------------------------------------


FORGED = [
    None,
    "",
    "nonsense",
    "a.b",
    ".",
    signed(secret="another secret"),
    signed(secret=""),
    signed(algorithm="none"),
    signed(algorithm=None),
    signed(user_id=""),
    signed(issued_at="soon"),
    signed(issued_at=None),
    signed(issued_at=10**30),
    f"{signed()}x",
    f"x{signed()}",
    signed().replace(".", "=.", 1) + "!",
    "a" * 10_000,
    f".{signed().partition('.')[2]}",
]


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("value", FORGED, ids=range(len(FORGED)))
def test_what_meta_did_not_sign_does_nothing(cast: Cast, path: str, value: str | None) -> None:
    keep(cast)
    assert send(path, value).status_code == 400
    (grant,) = all_grants()
    assert grant.access_token == "access"
    assert not grant.is_dead
    with tenancy.system("test"):
        assert not DataDeletion.objects.exists()


@pytest.mark.parametrize("path", BOTH)
def test_without_a_secret_of_ours_nothing_is_believed(cast: Cast, settings: Any, path: str) -> None:
    settings.FACEBOOK_CLIENT_SECRET = ""
    keep(cast)
    assert send(path, signed(secret="")).status_code == 400


@pytest.mark.parametrize("path", BOTH)
def test_looking_does_nothing(path: str, db: None) -> None:
    assert Client(headers={"host": HOST}).get(path).status_code == 405


def test_a_signature_of_changed_words_is_none() -> None:
    signature, _, _ = signed("1001").partition(".")
    _, _, other = signed("1002").partition(".")
    with pytest.raises(Forged):
        read(f"{signature}.{other}", SECRET)
    assert read(signed("1001"), SECRET).user_id == "1001"
    assert read(signed(user_id=1001), SECRET).user_id == "1001"  # type: ignore[arg-type]


# -- access taken back ------------------------------------------------------------------------------


def test_removing_the_app_takes_the_tokens_and_breaks_the_connections(cast: Cast) -> None:
    before = keep(cast, number=2).revision
    lost: list[Connection] = []

    def hear(sender: Any, connection: Connection, reason: str, **_: Any) -> int:
        lost.append(connection)
        return 0

    connection_lost.connect(hear)
    try:
        assert send(DEAUTHORIZE, signed()).status_code == 200
    finally:
        connection_lost.disconnect(hear)
    (grant,) = all_grants()
    assert (grant.access_token, grant.refresh_token, grant.token_secret) == ("", "", "")
    assert grant.is_dead
    assert grant.revision == before + 1
    assert [one.health for one in all_connections()] == [Connection.Health.BROKEN] * 2
    assert "removed in the settings of Facebook" in all_connections()[0].health_reason
    assert len(lost) == 2
    assert all_connections()[0].name == "Page 0"


def test_doing_it_twice_is_harmless(cast: Cast) -> None:
    keep(cast)
    assert send(DEAUTHORIZE, signed()).status_code == 200
    assert send(DEAUTHORIZE, signed()).status_code == 200
    assert send(DEAUTHORIZE, signed("nobody")).status_code == 200


def test_other_people_and_other_platforms_are_left_alone(cast: Cast) -> None:
    keep(cast, "2002")
    keep(cast, "1001", platform="x", kind="profile")
    send(DEAUTHORIZE, signed("1001"))
    assert [grant.is_dead for grant in all_grants()] == [False, False]


def test_every_workspace_of_the_person_is_meant(cast: Cast) -> None:
    keep(cast)
    with acting(cast.charlie, cast.elsewhere) as actor:
        store_grant(
            actor=actor,
            platform="facebook",
            protocol="oauth2",
            tokens=Tokens("other", "other"),
            profiles=[Profile("77", "other", "Other", owner_id="1001")],
        )
    send(DEAUTHORIZE, signed())
    assert [grant.is_dead for grant in all_grants()] == [True, True]


def test_a_late_notice_takes_nothing_that_was_connected_since(cast: Cast) -> None:
    keep(cast)
    an_hour_ago = int((timezone.now() - timedelta(hours=1)).timestamp())
    assert send(DEAUTHORIZE, signed(issued_at=an_hour_ago)).status_code == 200
    assert not all_grants()[0].is_dead
    send(DEAUTHORIZE, signed())
    assert all_grants()[0].is_dead


@pytest.mark.parametrize(
    ("setting", "platform", "is_meant"),
    [
        ("FACEBOOK_CLIENT_SECRET", "facebook", True),
        ("FACEBOOK_CLIENT_SECRET", "instagram", True),
        ("FACEBOOK_CLIENT_SECRET", "threads", False),
        ("INSTAGRAM_CLIENT_SECRET", "instagram", True),
        ("INSTAGRAM_CLIENT_SECRET", "facebook", False),
        ("THREADS_CLIENT_SECRET", "threads", True),
        ("THREADS_CLIENT_SECRET", "facebook", False),
    ],
)
def test_a_secret_stands_for_its_own_product(
    cast: Cast, settings: Any, setting: str, platform: str, is_meant: bool
) -> None:
    for name in ("FACEBOOK_CLIENT_SECRET", "INSTAGRAM_CLIENT_SECRET", "THREADS_CLIENT_SECRET"):
        setattr(settings, name, f"secret of {name}")
    _grant(cast.workspace, platform)
    assert send(DEAUTHORIZE, signed("1001", secret=f"secret of {setting}")).status_code == 200
    assert all_grants()[0].is_dead is is_meant


def _grant(workspace: Workspace, platform: str) -> None:
    with tenancy.system("test"):
        Grant.objects.create(workspace=workspace, platform=platform, remote_user_id="1001", access_token="access")


# -- deletion ---------------------------------------------------------------------------------------


def deletion(user_id: str = "1001") -> dict[str, Any]:
    answer = send(DELETION, signed(user_id))
    assert answer.status_code == 200
    return dict(answer.json())


def test_deleting_forgets_who_it_was_and_keeps_what_belongs_to_the_workspace(cast: Cast) -> None:
    keep(cast, number=1)
    told = deletion()
    assert set(told) == {"url", "confirmation_code"}
    (grant,) = all_grants()
    assert (grant.access_token, grant.scopes) == ("", [])
    assert "1001" not in grant.remote_user_id
    (connection,) = all_connections()
    assert connection.disconnected_at is not None
    assert connection.name == "Page 0"  # a Page belongs to nobody's person


def test_an_account_that_is_the_person_loses_its_name_too(cast: Cast) -> None:
    _grant(cast.workspace, "instagram")
    with tenancy.system("test"):
        Connection.objects.create(
            workspace=cast.workspace,
            grant=all_grants()[0],
            platform="instagram",
            remote_id="1001",
            username="maja",
            name="Maja Lindqvist",
            avatar_url="https://example.org/maja.jpg",
            traits={"id": "1001"},
        )
    deletion()
    (connection,) = all_connections()
    assert (connection.username, connection.name, connection.avatar_url, connection.traits) == ("", "", "", {})
    assert "1001" not in connection.remote_id
    with database.cursor() as cursor, tenancy.system("test"):
        cursor.execute("select string_agg(c::text, ' ') from social_connection c")
        assert "maja" not in str(cursor.fetchone()).lower()


def test_the_status_page_says_that_it_is_done_and_not_about_whom(cast: Cast) -> None:
    keep(cast)
    told = deletion()
    parts = urlsplit(told["url"])
    shown = Client(headers={"host": HOST}).get(parts.path)
    page = shown.content.decode()
    assert shown.status_code == 200
    assert told["confirmation_code"] in page
    assert "deleted" in page
    assert not any(word in page for word in ("1001", "Page 0", "Alice", "Norre"))
    assert shown.headers["X-Robots-Tag"] == "noindex"
    assert Client(headers={"host": HOST}).get(f"{DELETION}/another-code").status_code == 404


def test_asking_again_answers_with_the_same_code_and_erases_what_came_since(cast: Cast) -> None:
    keep(cast)
    first = deletion()
    keep(cast)
    assert [grant.remote_user_id for grant in all_grants()] == ["1001"]
    assert deletion() == first
    assert all(grant.is_dead and "1001" not in grant.remote_user_id for grant in all_grants())
    assert deletion("2002") != first


def test_a_person_whom_we_never_knew_gets_a_code_as_well(db: None) -> None:
    assert deletion("nobody")["confirmation_code"]


def test_the_record_says_nothing_about_whom(cast: Cast) -> None:
    keep(cast)
    deletion()
    with tenancy.system("test"):
        (row,) = DataDeletion.objects.all()
    assert "1001" not in f"{row.code}{row.subject}"


def test_only_the_system_sees_the_records(cast: Cast) -> None:
    deletion()
    with pytest.raises(Exception, match="permission denied"), tenancy.tenant(user_id=cast.alice.pk):
        DataDeletion.objects.count()


def test_the_sandboxes_facebook_signs_as_meta_does() -> None:
    value = signed_request({"algorithm": "HMAC-SHA256", "issued_at": 1_700_000_000, "user_id": "42"}, SECRET)
    assert read(value, SECRET).user_id == "42"
