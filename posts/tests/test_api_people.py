"""`/workspace`, `/members`, `/invitations`, `/me`, approval and notes over the API."""

import pytest
from rest_framework.test import APIClient

from accounts.models import ApprovalPolicy
from accounts.roles import Role
from multivio import tenancy
from posts.models import Publication
from posts.tests.approving import set_policy_row
from posts.tests.callers import caller, fields_and_codes
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user

V1 = "/api/v1"


@pytest.fixture
def contributor(cast: Cast) -> APIClient:
    user = make_user("Jonas")
    add_member(cast.workspace, user, Role.CONTRIBUTOR)
    return caller(user, cast.workspace)


class WorkspaceTests:
    def test_it_is_read_and_changed(self, api: APIClient, cast: Cast) -> None:
        assert api.get(f"{V1}/workspace").json()["role"] == "owner"
        changed = api.patch(f"{V1}/workspace", {"name": "New", "zone": "Asia/Tokyo", "week_start": 7}).json()
        assert (changed["name"], changed["zone"], changed["week_start"]) == ("New", "Asia/Tokyo", 7)
        refused = api.patch(f"{V1}/workspace", {"zone": "Mars/Olympus"})
        assert fields_and_codes(refused) == [("zone", "unknown_zone")]

    def test_others_may_not(self, contributor: APIClient) -> None:
        assert contributor.get(f"{V1}/workspace").status_code == 200
        assert contributor.patch(f"{V1}/workspace", {"name": "Mine"}).status_code == 403
        assert contributor.put(f"{V1}/workspace/approval", {"policy": "none"}).status_code == 403

    def test_the_last_owner_does_not_leave(self, api: APIClient, contributor: APIClient) -> None:
        refused = api.post(f"{V1}/workspace/leave")
        assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
        assert contributor.post(f"{V1}/workspace/leave").status_code == 204
        assert contributor.get(f"{V1}/workspace").status_code == 401


class MemberTests:
    def test_they_are_listed_changed_and_removed(self, api: APIClient, cast: Cast) -> None:
        owner, bob = api.get(f"{V1}/members").json()
        assert (owner["role"], bob["email"]) == ("owner", cast.bob.email)
        address = f"{V1}/members/{bob['id']}"
        assert api.patch(address, {"role": "viewer"}).json()["role"] == "viewer"
        assert api.patch(f"{V1}/members/{owner['id']}", {"role": "viewer"}).json()["code"] == "own_role"
        assert api.delete(address).status_code == 204
        assert api.delete(address).status_code == 404

    def test_handing_over(self, api: APIClient) -> None:
        bob = api.get(f"{V1}/members").json()[1]
        assert api.post(f"{V1}/members/{bob['id']}/hand-over").json()["role"] == "owner"
        assert api.get(f"{V1}/workspace").json()["role"] == "admin"

    def test_nobody_else_changes_them(self, contributor: APIClient) -> None:
        bob = contributor.get(f"{V1}/members").json()[1]
        address = f"{V1}/members/{bob['id']}"
        answers = [
            contributor.patch(address, {"role": "viewer"}),
            contributor.delete(address),
            contributor.post(f"{address}/hand-over"),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]


class InvitationTests:
    def test_they_are_sent_listed_and_withdrawn_and_show_no_link(self, api: APIClient) -> None:
        sent = api.post(f"{V1}/invitations", {"email": "ingrid@example.org", "role": "viewer"})
        assert sent.status_code == 201
        assert set(sent.json()) == {"id", "email", "role", "sent_at", "expires_at"}
        again = api.post(f"{V1}/invitations", {"email": "ingrid@example.org", "role": "viewer"})
        assert fields_and_codes(again) == [("email", "already_invited")]
        address = f"{V1}/invitations/{sent.json()['id']}"
        assert api.post(f"{address}/resend").json()["code"] == "just_sent"
        assert [row["email"] for row in api.get(f"{V1}/invitations").json()] == ["ingrid@example.org"]
        assert api.delete(address).status_code == 204
        assert api.get(f"{V1}/invitations").json() == []

    def test_only_who_changes_members_sees_them(self, contributor: APIClient) -> None:
        assert contributor.get(f"{V1}/invitations").status_code == 403
        assert contributor.post(f"{V1}/invitations", {"email": "a@example.org", "role": "viewer"}).status_code == 403


class MeTests:
    def test_one_reads_and_changes_ones_own_profile(self, api: APIClient, cast: Cast) -> None:
        assert api.get(f"{V1}/me").json()["email"] == cast.alice.email
        assert api.patch(f"{V1}/me", {"work": "Designer", "theme": "dark"}).json()["work"] == "Designer"
        assert api.patch(f"{V1}/me", {"email": "other@example.org"}).json()["code"] == "unknown_field"
        assert api.patch(f"{V1}/me", {"zone": "Mars/Olympus"}).status_code == 422


class ApprovalTests:
    def test_from_asking_to_the_queue(self, api: APIClient, contributor: APIClient, cast: Cast) -> None:
        assert api.put(f"{V1}/workspace/approval", {"policy": "required"}).json() == {
            "policy": "required", "held": 0, "released": 0,
        }  # fmt: skip
        account = make_connection(cast.workspace)
        post = contributor.post(f"{V1}/posts", {"text": "Hi", "connections": [str(account.uid)]}).json()
        address = f"{V1}/posts/{post['id']}"
        asked = contributor.post(f"{address}/approval", {"publish_now": True, "comment": "@Alice please"})
        assert asked.json()["approval"]["state"] == "pending"
        assert contributor.post(f"{address}/approval/approve").status_code == 403
        assert api.post(f"{address}/publish").json()["code"] == "needs_approval"
        assert api.post(f"{address}/approval/approve", {"version": 9}).status_code == 412
        done = api.post(f"{address}/approval/approve", {"version": 1, "comment": "Yes"}).json()
        assert (done["approval"]["state"], done["state"]) == ("approved", "scheduled")
        notes = api.get(f"{address}/notes").json()
        assert [(note["kind"], note["text"]) for note in notes] == [("asked", "@Alice please"), ("approved", "Yes")]
        assert notes[0]["mentions"] == [{"name": "Alice"}]

    def test_a_no_and_a_retreat(self, api: APIClient, contributor: APIClient, cast: Cast) -> None:
        set_policy_row(cast.workspace, ApprovalPolicy.OPTIONAL)
        post = make_post(cast.bob, cast.workspace, make_connection(cast.workspace))
        address = f"{V1}/posts/{post.uid}"
        contributor.post(f"{address}/approval")
        assert fields_and_codes(api.post(f"{address}/approval/changes", {"comment": " "})) == [("comment", "empty")]
        assert api.post(f"{address}/approval/changes", {"comment": "No"}).json()["approval"]["state"] == "changes"
        assert contributor.post(f"{address}/approval/withdraw").json()["approval"]["state"] == ""
        assert api.post(f"{address}/publish").json()["state"] == "scheduled"
        with tenancy.system("test"):
            assert Publication.objects.get(post=post).state == "scheduled"

    def test_notes_come_and_go(self, api: APIClient, contributor: APIClient, cast: Cast) -> None:
        post = make_post(cast.bob, cast.workspace)
        address = f"{V1}/posts/{post.uid}/notes"
        note = contributor.post(address, {"text": "Hm"}).json()
        assert caller(cast.bob, cast.workspace).delete(f"{address}/{note['id']}").status_code == 403
        assert api.delete(f"{address}/{note['id']}").status_code == 204
        assert api.get(address).json() == []
