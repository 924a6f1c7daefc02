"""Pages of settings, members, approval and notes, as each role sees them."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import ApprovalPolicy, Invitation, Member, Workspace
from accounts.roles import Role
from multivio import tenancy
from posts.models import Post
from posts.services import request_approval
from posts.tests.approving import set_policy_row
from posts.tests.factories import Cast, acting, add_member, make_connection, make_post, make_user
from posts.tests.pages import browser, text_of


@pytest.fixture
def alice(cast: Cast) -> Client:
    return browser(cast.alice)


def as_role(cast: Cast, role: Role) -> Client:
    user = make_user(role.label)
    add_member(cast.workspace, user, role)
    return browser(user)


def path(cast: Cast, rest: str = "") -> str:
    return f"/w/{cast.workspace.slug}/settings/{rest}"


class WorkspacePageTests:
    def test_it_saves_and_says_so(self, alice: Client, cast: Cast) -> None:
        sent = {"name": "New name", "zone": "Asia/Tokyo", "week_start": "7"}
        assert "Saved." in text_of(alice.post(path(cast), sent, follow=True))
        assert "New name" in text_of(alice.get(path(cast)))

    def test_what_is_wrong_stands_beside_its_field(self, alice: Client, cast: Cast) -> None:
        answer = alice.post(path(cast), {"name": " ", "zone": "Mars/Olympus", "week_start": "1"})
        assert answer.status_code == 422
        assert text_of(answer).count('class="error"') == 2

    def test_a_viewer_reads_and_cannot_save(self, cast: Cast) -> None:
        viewer = as_role(cast, Role.VIEWER)
        html = text_of(viewer.get(path(cast)))
        assert "An owner or admin can change this." in html
        assert "Delete…" not in html
        assert "Leave…" in html
        assert viewer.post(path(cast), {"name": "Mine", "zone": "UTC", "week_start": "1"}).status_code == 403

    def test_deleting_and_keeping(self, alice: Client, cast: Cast) -> None:
        refused = alice.post(path(cast, "close/"), {"name": "something else"}, follow=True)
        assert "This is not the name of the workspace." in text_of(refused)
        answer = text_of(alice.post(path(cast, "close/"), {"name": cast.workspace.name}, follow=True))
        assert "will be deleted" in answer
        assert "will be deleted" in text_of(browser(cast.bob).get(f"/w/{cast.workspace.slug}/"))
        assert "Kept." in text_of(alice.post(path(cast, "keep/"), follow=True))

    def test_leaving_and_handing_over(self, alice: Client, cast: Cast) -> None:
        assert "only owner here" in text_of(alice.post(path(cast, "leave/"), follow=True))
        with tenancy.system("test"):
            bob = Member.objects.get(workspace=cast.workspace, user=cast.bob)
        assert "is the owner now" in text_of(alice.post(path(cast, "hand-over/"), {"member": bob.uid}, follow=True))
        assert alice.post(path(cast, "hand-over/"), {"member": "nobody"}).status_code == 404
        alice.post(path(cast, "leave/"))
        assert alice.get(path(cast)).status_code == 404


class MembersPageTests:
    def test_inviting_and_what_is_wrong_with_it(self, alice: Client, cast: Cast) -> None:
        sent = {"email": "ingrid@example.org", "role": "viewer"}
        assert "ingrid@example.org is invited." in text_of(alice.post(path(cast, "members/"), sent, follow=True))
        again = alice.post(path(cast, "members/"), sent)
        assert again.status_code == 422
        assert "is invited already" in text_of(again)

    def test_an_admin_is_not_offered_to_make_owners(self, cast: Cast) -> None:
        admin = as_role(cast, Role.ADMIN)
        html = text_of(admin.get(path(cast, "members/")))
        assert '<option value="owner"' not in html
        assert '<option value="admin"' in html
        assert admin.post(path(cast, "members/"), {"email": "a@example.org", "role": "owner"}).status_code == 422

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.CONTRIBUTOR, Role.VIEWER])
    def test_others_see_who_is_here_and_change_nothing(self, cast: Cast, role: Role) -> None:
        browser(cast.alice).post(path(cast, "members/"), {"email": "ingrid@example.org", "role": "viewer"})
        client = as_role(cast, role)
        html = text_of(client.get(path(cast, "members/")))
        assert "What each role may do" in html
        assert "ingrid@example.org" not in html
        assert "Remove" not in html
        assert client.post(path(cast, "members/"), {"email": "a@example.org", "role": "viewer"}).status_code == 403
        with tenancy.system("test"):
            bob = Member.objects.get(workspace=cast.workspace, user=cast.bob)
            invitation = Invitation.objects.get()
        for rest in (
            f"members/{bob.uid}/role/",
            f"members/{bob.uid}/remove/",
            f"invitations/{invitation.uid}/withdraw/",
        ):
            answer = client.post(path(cast, rest), {"role": "viewer"}, follow=True)
            assert "which may not invite, change and remove members" in text_of(answer), rest
        with tenancy.system("test"):
            assert Member.objects.get(pk=bob.pk).role == "editor"


class ApprovalPageTests:
    @pytest.fixture
    def asked(self, cast: Cast) -> Post:
        set_policy_row(cast.workspace, ApprovalPolicy.REQUIRED)
        post = make_post(cast.bob, cast.workspace, make_connection(cast.workspace), text="We are hiring")
        with acting(cast.bob, cast.workspace) as actor:
            return request_approval(actor=actor, post=post)

    def test_the_policy_is_set_by_who_manages(self, alice: Client, cast: Cast) -> None:
        alice.post(path(cast, "approval/"), {"policy": "optional"})
        with tenancy.system("test"):
            assert Workspace.objects.get(pk=cast.workspace.pk).approval == "optional"
        editor = as_role(cast, Role.EDITOR)
        assert editor.get(path(cast, "approval/")).status_code == 200
        assert editor.post(path(cast, "approval/"), {"policy": "none"}).status_code == 403

    def test_it_waits_on_the_home_page_of_who_may_approve(self, alice: Client, cast: Cast, asked: Post) -> None:
        home, posts = f"/w/{cast.workspace.slug}/", f"/w/{cast.workspace.slug}/posts/?state=approval"
        assert "Bob asks for approval" in text_of(alice.get(home))
        assert "We are hiring" in text_of(alice.get(posts))
        assert "asks for approval" not in text_of(as_role(cast, Role.CONTRIBUTOR).get(home))

    def test_the_page_offers_what_one_may_do(self, alice: Client, cast: Cast, asked: Post) -> None:
        address = f"/w/{cast.workspace.slug}/posts/{asked.uid}/"
        for_alice, for_viewer = text_of(alice.get(address)), text_of(as_role(cast, Role.VIEWER).get(address))
        assert "Approve</button>" in for_alice
        assert "Publish now" not in for_alice
        assert "Approve</button>" not in for_viewer
        assert "Leave a note" not in for_viewer

    def answer(self, client: Client, cast: Cast, post: Post, **sent: Any) -> str:
        address = f"/w/{cast.workspace.slug}/posts/{post.uid}/approval/answer/"
        return text_of(client.post(address, {"version": post.version, **sent}, follow=True))

    def test_yes_and_no_and_a_stale_yes(self, alice: Client, cast: Cast, asked: Post) -> None:
        assert "Say what should change." in self.answer(alice, cast, asked, answer="changes")
        assert "changed since you looked" in self.answer(alice, cast, asked, answer="approve", version=7)
        assert "Approved." in self.answer(alice, cast, asked, answer="approve", comment="Yes")
        assert "Publish now" in text_of(alice.get(f"/w/{cast.workspace.slug}/posts/{asked.uid}/"))

    def test_notes_are_left_and_deleted(self, alice: Client, cast: Cast, asked: Post) -> None:
        address = f"/w/{cast.workspace.slug}/posts/{asked.uid}/notes/"
        html = text_of(alice.post(address, {"text": "<b>Bold</b> idea"}, follow=True))
        assert "&lt;b&gt;Bold&lt;/b&gt; idea" in html
        with acting(cast.alice, cast.workspace):
            note = asked.notes.get(kind="note")
        gone = text_of(alice.post(f"/w/{cast.workspace.slug}/notes/{note.uid}/delete/", follow=True))
        assert "Bold" not in gone


@pytest.mark.parametrize("rest", ["", "members/", "approval/"])
def test_settings_ask_the_database_no_more_than_ten_times_however_many_people(
    cast: Cast, alice: Client, rest: str
) -> None:
    from django.db import connection as database  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from posts.tests.test_page_queries import FRAME, MOST  # noqa: PLC0415

    counts = []
    for _ in range(2):
        for number in range(4):
            add_member(cast.workspace, make_user(f"Person{number}"), Role.VIEWER)
        alice.get(path(cast, rest))
        with CaptureQueriesContext(database) as caught:
            assert alice.get(path(cast, rest)).status_code == 200
        counts.append(len([q for q in caught.captured_queries if not q["sql"].startswith(FRAME)]))
    assert counts[0] == counts[1]
    assert counts[0] <= MOST
