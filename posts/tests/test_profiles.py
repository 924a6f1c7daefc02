"""One's own profile, picture, data and account."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import exporting, leaving, profiles
from accounts.audit_models import AuditEntry
from accounts.models import Avatar, Member, User, Workspace
from accounts.roles import Role
from accounts.services import create_api_key
from accounts.tests.people import PASSWORD, Cast, acting, add_member, make_cast, make_workspace
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, Invalid
from posts.models import Post
from posts.services.notes import add_note
from posts.tests.factories import make_connection, make_post


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def picture(size: tuple[int, int] = (600, 300), kind: str = "PNG") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


class ProfileTests:
    def test_it_is_kept_and_worn(self, cast: Cast) -> None:
        client = browser(cast.alice)
        sent = {
            "name": "Alice Ek", "short_name": "Ali", "work": "Designer", "bio": "Lamps.", "zone": "Europe/Oslo",
            "language": "en", "theme": "dark",
        }  # fmt: skip
        assert client.post("/profile/", sent).status_code == 302
        row = User.objects.get(pk=cast.alice.pk)
        assert {field: getattr(row, field) for field in profiles.FIELDS} == sent
        assert row.get_short_name() == "Ali"
        assert 'data-theme="dark"' in client.get("/profile/").content.decode()

    def test_a_new_browser_wears_the_theme_of_the_profile(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.alice.pk).update(theme="dark")
        assert 'data-theme="dark"' in browser(cast.alice).get("/profile/").content.decode()

    @pytest.mark.parametrize(
        "changes",
        [{"name": " "}, {"zone": "Mars/Olympus"}, {"theme": "pink"}, {"language": "tlh"}, {"bio": "x" * 601}],
    )
    def test_what_does_not_fit_is_refused(self, cast: Cast, changes: dict[str, str]) -> None:
        sent = {"name": "Alice", "zone": "", "language": "en", "theme": "auto", "bio": "", **changes}
        assert browser(cast.alice).post("/profile/", sent).status_code == 422
        if "bio" not in changes:
            with pytest.raises(Invalid):
                profiles.change_profile(user=cast.alice, **changes)

    def test_rights_are_no_part_of_a_profile(self, cast: Cast) -> None:
        sent = {"name": "Alice", "language": "en", "theme": "auto", "is_staff": "on", "email": "x@example.org"}
        browser(cast.alice).post("/profile/", sent)
        row = User.objects.get(pk=cast.alice.pk)
        assert (row.is_staff, row.email) == (False, cast.alice.email)
        with pytest.raises(TypeError):
            profiles.change_profile(user=cast.alice, is_staff="yes")


class PictureTests:
    def test_it_becomes_a_small_square_that_colleagues_see_and_strangers_do_not(self, cast: Cast) -> None:
        browser(cast.alice).post("/profile/picture/", {"picture": picture()})
        avatar = Avatar.objects.get(user=cast.alice)
        with Image.open(io.BytesIO(avatar.picture)) as made:
            assert (made.size, made.format) == ((256, 256), "WEBP")
        address = f"/people/{avatar.uid}/picture"
        assert browser(cast.alice).get(address).status_code == 200
        assert browser(cast.bob).get(address).headers["Content-Type"] == "image/webp"
        assert browser(cast.charlie).get(address).status_code == 404
        assert Client().get(address).status_code == 302
        members = browser(cast.bob).get(f"/w/{cast.workspace.slug}/settings/members/").content.decode()
        assert address in members

    def test_another_one_has_another_address_and_it_can_be_removed(self, cast: Cast) -> None:
        client = browser(cast.alice)
        client.post("/profile/picture/", {"picture": picture()})
        first = User.objects.get(pk=cast.alice.pk).picture
        client.post("/profile/picture/", {"picture": picture((10, 90))})
        assert User.objects.get(pk=cast.alice.pk).picture != first
        client.post("/profile/picture/", {"action": "remove"})
        assert User.objects.get(pk=cast.alice.pk).picture is None
        assert not Avatar.objects.exists()

    @pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\x89PNG" * 9])
    def test_what_is_no_picture_is_refused(self, cast: Cast, content: bytes) -> None:
        with pytest.raises(Invalid):
            profiles.set_picture(user=cast.alice, file=SimpleUploadedFile("a.png", content))
        assert not Avatar.objects.exists()

    def test_one_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(self, cast: Cast) -> None:
        with pytest.raises(Invalid):
            profiles.set_picture(user=cast.alice, file=picture((9000, 9000)))


def opened(content: bytes) -> tuple[str, dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("read-me.html").decode(), json.loads(archive.read("data.json"))


class ExportTests:
    def test_a_person_gets_what_is_theirs_and_nothing_of_others(self, cast: Cast) -> None:
        make_post(cast.alice, cast.workspace, text="Mine <b>bold</b>")
        make_post(cast.bob, cast.workspace, text="Not mine")
        with acting(cast.alice, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="script")
            add_note(actor=actor, post=Post.objects.get(text="Not mine"), text="A note of mine")
        answer = browser(cast.alice).post("/profile/export/")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.zip"'
        page, data = opened(answer.content)
        assert data["Account"][0]["email"] == cast.alice.email
        assert [post["text"] for post in data["Posts"]] == ["Mine <b>bold</b>"]
        assert [note["text"] for note in data["Notes"]] == ["A note of mine"]
        assert "Mine &lt;b&gt;bold" in page
        whole = page + json.dumps(data)
        assert key not in whole
        assert "Not mine" not in whole
        assert cast.alice.password not in whole

    def test_it_includes_what_was_written_in_workspaces_left_since(self, cast: Cast) -> None:
        make_post(cast.bob, cast.workspace, text="Before I left")
        with tenancy.system("test"):
            Member.objects.filter(user=cast.bob).delete()
        _page, data = opened(exporting.of_person(cast.bob))
        assert data["Posts"][0]["text"] == "Before I left"

    def test_a_workspace_is_exported_by_who_manages_it_without_secrets(self, cast: Cast) -> None:
        connection = make_connection(cast.workspace, access_token="very-secret-token", username="norrestudio")
        make_post(cast.alice, cast.workspace, connection, text="Ours")
        make_post(cast.charlie, cast.elsewhere, text="Theirs")
        answer = browser(cast.alice).post(f"/w/{cast.workspace.slug}/settings/export/")
        page, data = opened(answer.content)
        assert data["Connections"][0]["username"] == "norrestudio"
        assert {row["user__email"] for row in data["Members"]} == {cast.alice.email, cast.bob.email}
        assert "very-secret-token" not in page + json.dumps(data)
        assert "Theirs" not in page + json.dumps(data)
        with acting(cast.bob, cast.workspace) as bob, pytest.raises(Forbidden):
            exporting.of_workspace(actor=bob)


class DeletionTests:
    def test_everything_personal_goes_and_what_was_written_stays_without_a_name(self, cast: Cast) -> None:
        post = make_post(cast.bob, cast.workspace, text="Stays")
        with acting(cast.bob, cast.workspace) as actor:
            create_api_key(actor=actor, name="script")
        profiles.change_profile(user=cast.bob, name="Bob the Builder")
        leaving.delete_account(user=cast.bob, email=cast.bob.email)
        assert not User.objects.filter(pk=cast.bob.pk).exists()
        with tenancy.system("test"):
            assert Post.objects.get(pk=post.pk).author is None
            assert not Member.objects.filter(user_id=cast.bob.pk).exists()
            told = json.dumps(list(AuditEntry.objects.values("origin", "content")), default=str)
        assert "Bob the Builder" not in told

    def test_the_only_owner_of_others_work_hands_over_first(self, cast: Cast) -> None:
        with pytest.raises(Conflict, match="Norre Studio"):
            leaving.delete_account(user=cast.alice, email=cast.alice.email)
        add_member(cast.workspace, cast.charlie, Role.OWNER)
        leaving.delete_account(user=cast.alice, email=cast.alice.email)
        with tenancy.system("test"):
            assert Workspace.objects.get(pk=cast.workspace.pk).closing_at is None

    def test_a_workspace_of_ones_own_goes_too(self, cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
        alone = make_workspace(cast.bob, "Only Bob")
        assert [each.pk for each in leaving.consequences(cast.bob).goes_too] == [alone.pk]
        leaving.delete_account(user=cast.bob, email=cast.bob.email)
        from accounts.workspaces import delete_due  # noqa: PLC0415

        assert delete_due() == 1
        with tenancy.system("test"):
            assert not Workspace.objects.filter(pk=alone.pk).exists()

    def test_the_page_asks_for_the_password_again_and_for_the_address(self, cast: Cast) -> None:
        client = browser(cast.bob)
        assert "reauthenticate" in client.get("/profile/delete/").headers["Location"]
        client.post("/profile/delete/", {"email": cast.bob.email})
        assert User.objects.filter(pk=cast.bob.pk).exists()
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert client.get("/profile/delete/").status_code == 200
        assert client.post("/profile/delete/", {"email": "x@example.org"}).status_code == 422
        assert User.objects.filter(pk=cast.bob.pk).exists()
        gone = client.post("/profile/delete/", {"email": cast.bob.email})
        assert "Your account is deleted" in gone.content.decode()
        assert not User.objects.filter(pk=cast.bob.pk).exists()
        assert Client().get("/profile/delete/").headers["Location"].startswith("/accounts/login/")
