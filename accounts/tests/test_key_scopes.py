"""What a key may do: what its scopes and its maker's role of the moment both allow, and never more."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.audit_models import AuditEntry
from accounts.models import ApiKey, Member
from accounts.roles import Right, Role
from accounts.services import MOST_KEYS, create_api_key, revoke_api_key, rotate_api_key
from accounts.tests.people import Cast, acting, make_cast
from multivio import tenancy
from multivio.errors import Conflict, DomainError, Invalid

POSTS = "/api/v1/posts"
KEYS = "/api/v1/keys"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def make_key(cast: Cast, *scopes: str, **fields: Any) -> tuple[ApiKey, str]:
    with acting(cast.alice, cast.workspace) as actor:
        return create_api_key(actor=actor, name="script", scopes=scopes, **fields)


def with_key(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def status(key: str) -> int:
    return int(with_key(key).get(POSTS).status_code)


class ScopeTests:
    def test_a_key_that_may_read_only_writes_nothing(self, cast: Cast) -> None:
        api = with_key(make_key(cast)[1])
        assert api.get(POSTS).status_code == 200
        answer = api.post(POSTS, {"text": "Hi"})
        assert (answer.status_code, answer.json()["code"]) == (403, "key_lacks_scope")

    def test_a_key_that_may_write_drafts_does_not_publish(self, cast: Cast) -> None:
        api = with_key(make_key(cast, "write_posts")[1])
        made = api.post(POSTS, {"text": "Hi"})
        assert made.status_code == 201
        assert api.post(f"{POSTS}/{made.json()['id']}/publish").json()["code"] == "key_lacks_scope"

    def test_the_role_of_the_moment_narrows_every_key(self, cast: Cast) -> None:
        api = with_key(make_key(cast, *Right.values)[1])
        with tenancy.system("test"):
            Member.objects.filter(user=cast.alice).update(role=Role.VIEWER)
        answer = api.post(POSTS, {"text": "Hi"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")

    def test_a_higher_role_does_not_widen_a_key(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="script")
        with tenancy.system("test"):
            Member.objects.filter(user=cast.bob).update(role=Role.OWNER)
        answer = with_key(key).patch("/api/v1/publishing", {"missed_minutes": 20})
        assert (answer.status_code, answer.json()["code"]) == (403, "key_lacks_scope")

    def test_nobody_gives_a_key_more_than_they_may_themselves(self, cast: Cast) -> None:
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(Invalid, match="Your role here may not"):
            create_api_key(actor=actor, name="script", scopes=["manage"])
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(Invalid, match="no scope"):
            create_api_key(actor=actor, name="script", scopes=["root"])
        with acting(cast.bob, cast.workspace):
            assert not ApiKey.objects.exists()

    def test_a_person_has_so_many_keys_and_no_more(self, cast: Cast) -> None:
        for _ in range(MOST_KEYS):
            row, _key = make_key(cast)
        with pytest.raises(Conflict, match="Revoke one"):
            make_key(cast)
        with acting(cast.alice, cast.workspace):
            ApiKey.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
        make_key(cast)


class RotationTests:
    def rotate(self, cast: Cast, row: ApiKey, **fields: Any) -> tuple[ApiKey, str]:
        with acting(cast.alice, cast.workspace) as actor:
            return rotate_api_key(actor=actor, key=row, **fields)

    def test_both_work_during_the_overlap_and_then_the_new_one_alone(self, cast: Cast) -> None:
        row, old = make_key(cast, "write_posts", expires_at=timezone.now() + timedelta(days=30))
        successor, new = self.rotate(cast, row)
        assert (successor.name, successor.scopes, successor.replaces) == (row.name, row.scopes, row)
        assert successor.expires_at is not None
        assert successor.expires_at - successor.created_at == pytest.approx(timedelta(days=30), abs=timedelta(hours=1))
        assert (status(old), status(new)) == (200, 200)
        with acting(cast.alice, cast.workspace):
            ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert (status(old), status(new)) == (401, 200)

    def test_without_overlap_the_old_one_ends_at_once(self, cast: Cast) -> None:
        row, old = make_key(cast)
        _successor, new = self.rotate(cast, row, overlap=timedelta(0))
        assert (status(old), status(new)) == (401, 200)

    def test_the_overlap_never_prolongs_a_key(self, cast: Cast) -> None:
        soon = timezone.now() + timedelta(minutes=5)
        row, _old = make_key(cast, expires_at=soon)
        self.rotate(cast, row)
        with acting(cast.alice, cast.workspace):
            assert ApiKey.objects.get(pk=row.pk).expires_at == soon

    @pytest.mark.parametrize("hours", [-1, 24 * 8])
    def test_an_overlap_out_of_range_is_refused(self, cast: Cast, hours: int) -> None:
        row, _old = make_key(cast)
        with pytest.raises(Invalid, match="at most 7 days"):
            self.rotate(cast, row, overlap=timedelta(hours=hours))

    def test_a_key_is_rotated_once(self, cast: Cast) -> None:
        row, _old = make_key(cast)
        self.rotate(cast, row)
        with pytest.raises(Conflict):
            self.rotate(cast, row)

    def test_a_revoked_key_is_not_revived(self, cast: Cast) -> None:
        row, _old = make_key(cast)
        with acting(cast.alice, cast.workspace):
            ApiKey.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
        with pytest.raises(Conflict):
            self.rotate(cast, row)

    def test_others_cannot_take_over_a_key_by_rotating_it(self, cast: Cast) -> None:
        row, _old = make_key(cast)
        with acting(cast.bob, cast.workspace) as actor, pytest.raises(DomainError, match="who made"):
            rotate_api_key(actor=actor, key=row)


def test_only_who_manages_ends_the_keys_of_others(cast: Cast) -> None:
    row, key = make_key(cast)
    with acting(cast.bob, cast.workspace) as actor, pytest.raises(DomainError, match="Your role here is editor"):
        revoke_api_key(actor=actor, key=row)
    assert status(key) == 200


def test_the_trail_tells_what_became_of_a_key_and_never_the_key(cast: Cast) -> None:
    row, key = make_key(cast, "write_posts")
    with acting(cast.alice, cast.workspace) as actor:
        _successor, new = rotate_api_key(actor=actor, key=row)
        revoke_api_key(actor=actor, key=row)
        revoke_api_key(actor=actor, key=row)
        entries = list(AuditEntry.objects.of_workspace(cast.workspace.pk).values("action", "content", "user_id"))
    entries = [entry for entry in entries if entry["action"].startswith("key.")]
    assert [entry["action"] for entry in entries] == ["key.revoked", "key.rotated", "key.made"]
    assert {entry["user_id"] for entry in entries} == {cast.alice.pk}
    assert entries[-1]["content"]["after"]["scopes"] == ["read", "write_posts"]
    assert key not in str(entries)
    assert new not in str(entries)


class ApiTests:
    def test_a_person_makes_lists_rotates_and_revokes(self, cast: Cast) -> None:
        browser = APIClient()
        browser.force_login(cast.alice)
        made = browser.post(KEYS, {"name": "Site", "scopes": ["publish"], "expires_in_days": None})
        assert made.status_code == 201
        assert (made.json()["scopes"], made.json()["expires_at"]) == (["publish", "read"], None)
        key, address = made.json()["key"], f"{KEYS}/{made.json()['id']}"
        assert status(key) == 200
        assert "key" not in browser.get(address).json()
        rotated = browser.post(f"{address}/rotate", {"overlap_hours": 0})
        assert rotated.status_code == 201
        assert (status(key), status(rotated.json()["key"])) == (401, 200)
        assert browser.delete(f"{KEYS}/{rotated.json()['id']}").status_code == 204
        assert status(rotated.json()["key"]) == 401
        assert [row["state"] for row in browser.get(KEYS).json()] == ["revoked", "revoked"]

    def test_a_repeated_request_makes_no_second_key_and_the_secret_is_stored_nowhere(
        self, cast: Cast, owner_sql: Any
    ) -> None:
        browser = APIClient()
        browser.force_login(cast.alice)
        first = browser.post(KEYS, {"name": "Site"}, HTTP_IDEMPOTENCY_KEY="once")
        again = browser.post(KEYS, {"name": "Site"}, HTTP_IDEMPOTENCY_KEY="once")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json()["key"].startswith("mv_")
        assert again.json() == {**first.json(), "key": None}
        with acting(cast.alice, cast.workspace):
            from multivio.models import IdempotencyKey  # noqa: PLC0415 - only here

            assert first.json()["key"] not in IdempotencyKey.objects.get().body

    def test_a_key_makes_no_keys_but_may_rotate_and_end_itself(self, cast: Cast) -> None:
        row, key = make_key(cast, *Right.values)
        other, _ = make_key(cast)
        api = with_key(key)
        assert api.post(KEYS, {"name": "More"}).json()["code"] == "person_needed"
        assert api.post(f"{KEYS}/{other.uid}/rotate").status_code == 403
        successor = api.post(f"{KEYS}/{row.uid}/rotate", {})
        assert successor.status_code == 201
        fresh = with_key(successor.json()["key"])
        assert fresh.delete(f"{KEYS}/{successor.json()['id']}").status_code == 204
        assert status(successor.json()["key"]) == 401

    def test_a_key_without_the_scope_to_manage_sees_and_ends_only_itself(self, cast: Cast) -> None:
        row, key = make_key(cast)
        other, _ = make_key(cast)
        api = with_key(key)
        assert [found["id"] for found in api.get(KEYS).json()] == [str(row.uid)]
        assert api.delete(f"{KEYS}/{other.uid}").status_code == 404

    def test_an_editor_sees_her_own_keys_and_an_owner_everybodys(self, cast: Cast) -> None:
        make_key(cast)
        with acting(cast.bob, cast.workspace) as actor:
            bobs, secret = create_api_key(actor=actor, name="bob's")
        bob, alice = APIClient(), APIClient()
        bob.force_login(cast.bob)
        alice.force_login(cast.alice)
        assert [found["name"] for found in bob.get(KEYS).json()] == ["bob's"]
        assert [found["made_by"] for found in alice.get(KEYS).json()] == ["Bob", "Alice"]
        assert alice.post(f"{KEYS}/{bobs.uid}/rotate", {}).status_code == 403
        assert alice.delete(f"{KEYS}/{bobs.uid}").status_code == 204
        assert status(secret) == 401

    def test_another_workspaces_keys_do_not_exist(self, cast: Cast) -> None:
        row, secret = make_key(cast)
        stranger = APIClient()
        stranger.force_login(cast.charlie)
        for method, address in (("get", ""), ("delete", ""), ("post", "/rotate")):
            assert getattr(stranger, method)(f"{KEYS}/{row.uid}{address}").status_code == 404
        assert status(secret) == 200
