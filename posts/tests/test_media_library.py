"""Storing, describing and deleting media: rights, files and rows go together."""

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User, Workspace
from accounts.roles import Role
from accounts.services import Actor, enter
from multivio import tenancy
from multivio.errors import Conflict, Forbidden, Invalid
from posts.content import as_variant_media
from posts.media import renditions, services, storage
from posts.models import Media, Post, PostMedia
from posts.tests.factories import Cast, acting, add_member, make_cast, make_user
from posts.tests.media_files import located, moving_gif, picture, video
from social.contract import MediaKind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """An empty media folder."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    return tmp_path


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def actor(user: User, workspace: Workspace) -> Actor:
    with tenancy.tenant(user_id=user.pk):
        found = enter(user=user, slug=workspace.slug)
    assert found is not None
    return found


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def on_disk(data: bytes, name: str = "holiday.bin", declared: str = "text/html") -> TemporaryUploadedFile:
    """An upload as it arrives: in a temporary file, with whatever name and type the browser gave."""
    arrived = TemporaryUploadedFile(name, declared, len(data), None)
    arrived.write(data)
    arrived.seek(0)
    _open.append(arrived)
    return arrived


_open: list[TemporaryUploadedFile] = []


@pytest.fixture(autouse=True)
def end_of_request() -> Iterator[None]:
    """Django closes the files of a request when it ends."""
    yield
    while _open:
        _open.pop().close()


class StoreTests:
    def test_name_and_declared_type_do_not_matter(self, cast: Cast, folder: Path) -> None:
        me = actor(cast.bob, cast.workspace)
        media = services.store_upload(actor=me, file=on_disk(picture("PNG"), name="../../etc/evil.php"), alt_text="Red")
        assert (media.kind, media.mime, media.width, media.height) == ("image", "image/png", 40, 30)
        assert media.storage_name == f"{cast.workspace.uid}/{media.uid}.png"
        assert media.preview_name == f"{cast.workspace.uid}/{media.uid}.preview.webp"
        assert (media.filename, media.alt_text, media.uploaded_by) == ("evil.php", "Red", cast.bob)
        assert len(files_in(folder)) == 2

    def test_a_video_is_stored_as_it_came(self, cast: Cast) -> None:
        data = video(turned=90)
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(data))
        assert (media.kind, media.width, media.height, media.size) == ("video", 48, 64, len(data))
        with services.open_media(as_variant_media(media)) as stream:
            assert stream.read() == data

    def test_a_temporary_file_is_moved_not_copied(self, cast: Cast, folder: Path) -> None:
        arrived = on_disk(video())
        inode = Path(arrived.temporary_file_path()).stat().st_ino
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=arrived)
        kept = (folder / media.storage_name).stat()
        if tempfile.gettempdir() == str(folder) or Path(tempfile.gettempdir()).stat().st_dev == folder.stat().st_dev:
            assert kept.st_ino == inode
        assert stat.S_IMODE(kept.st_mode) == 0o644

    def test_size_and_digest_are_of_what_is_stored(self, cast: Cast, folder: Path) -> None:
        before = located()
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(before))
        kept = (folder / media.storage_name).read_bytes()
        assert media.size == len(kept) < len(before)
        assert as_variant_media(media).sha256 == media.sha256
        assert b"Secret Camera" not in kept

    def test_a_gif_becomes_a_value_for_the_platforms(self, cast: Cast) -> None:
        file = ContentFile(moving_gif(frames=5, milliseconds=50), name="a.gif")
        value = as_variant_media(services.store_upload(actor=actor(cast.alice, cast.workspace), file=file))
        assert (value.kind, value.frames, value.duration_ms, value.mime) == (MediaKind.GIF, 5, 250, "image/gif")

    def test_nothing_is_kept_of_a_refused_file(self, cast: Cast, folder: Path) -> None:
        with pytest.raises(Invalid):
            services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(b"<html>"))
        assert files_in(folder) == []

    def test_nothing_is_kept_when_the_row_cannot_be_written(
        self, cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(**_: Any) -> None:
            assert len(files_in(folder)) == 2
            raise RuntimeError("no database")

        monkeypatch.setattr(Media.objects, "create", fails)
        with pytest.raises(RuntimeError):
            services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        assert files_in(folder) == []

    def test_the_original_is_not_kept_without_its_preview(
        self, cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save = storage.save

        def fails_for_previews(name: str, incoming: storage.Incoming) -> str:
            if "preview" in name:
                raise OSError("disk full")
            return save(name, incoming)

        monkeypatch.setattr(storage, "save", fails_for_previews)
        with pytest.raises(OSError, match="disk full"):
            services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        assert files_in(folder) == []

    def test_a_viewer_may_not_upload(self, cast: Cast, folder: Path) -> None:
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        with pytest.raises(Forbidden, match="viewer"):
            services.store_upload(actor=actor(viewer, cast.workspace), file=on_disk(picture()))
        assert files_in(folder) == []

    def test_who_was_removed_during_a_long_upload_adds_nothing(self, cast: Cast, folder: Path) -> None:
        me = actor(cast.bob, cast.workspace)
        with tenancy.system("test set-up"):
            cast.bob.memberships.all().delete()
        with pytest.raises(Forbidden, match="no longer a member"):
            services.store_upload(actor=me, file=on_disk(picture()))
        assert files_in(folder) == []

    def test_who_was_made_a_viewer_during_a_long_upload_adds_nothing(self, cast: Cast, folder: Path) -> None:
        me = actor(cast.bob, cast.workspace)
        with tenancy.system("test set-up"):
            cast.bob.memberships.update(role=Role.VIEWER)
        with pytest.raises(Forbidden, match="viewer"):
            services.store_upload(actor=me, file=on_disk(picture()))
        assert files_in(folder) == []

    def test_it_refuses_a_novel_as_alt_text(self, cast: Cast, folder: Path) -> None:
        with pytest.raises(Invalid) as refused:
            services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()), alt_text="x" * 1001)
        assert refused.value.problems[0].field == "alt_text"
        assert files_in(folder) == []


class DescribeTests:
    def test_it_sets_the_alt_text(self, cast: Cast) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        with acting(cast.bob, cast.workspace) as me:
            services.describe(actor=me, media=media, alt_text="x" * 1000)
            assert Media.objects.get(pk=media.pk).alt_text == "x" * 1000

    def test_it_refuses_more_than_a_thousand_characters(self, cast: Cast) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        with acting(cast.bob, cast.workspace) as me, pytest.raises(Invalid):
            services.describe(actor=me, media=media, alt_text="x" * 1001)

    def test_a_viewer_may_not(self, cast: Cast) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        with acting(viewer, cast.workspace) as me, pytest.raises(Forbidden):
            services.describe(actor=me, media=media, alt_text="no")


class DeleteTests:
    def test_the_files_go_after_the_commit(
        self, cast: Cast, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        with django_capture_on_commit_callbacks(execute=True), acting(cast.alice, cast.workspace) as me:
            services.delete(actor=me, media=media)
            assert len(files_in(folder)) == 2
        assert files_in(folder) == []

    def test_a_rendition_goes_with_it(
        self, cast: Cast, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture("PNG")))
        renditions.as_jpeg(as_variant_media(media))
        assert len(files_in(folder)) == 3
        with django_capture_on_commit_callbacks(execute=True), acting(cast.alice, cast.workspace) as me:
            services.delete(actor=me, media=media)
        assert files_in(folder) == []

    def test_the_files_stay_when_it_is_rolled_back(
        self, cast: Cast, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        with django_capture_on_commit_callbacks(execute=True), acting(cast.alice, cast.workspace) as me:
            with transaction.atomic():
                services.delete(actor=me, media=media)
                transaction.set_rollback(True)
            assert Media.objects.filter(uid=media.uid).exists()
        assert len(files_in(folder)) == 2

    def test_it_is_refused_while_a_post_uses_it(self, cast: Cast, folder: Path) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        with acting(cast.alice, cast.workspace) as me:
            post = Post.objects.create(workspace=cast.workspace, author=cast.alice, text="With a picture")
            PostMedia.objects.create(workspace=cast.workspace, post=post, media=media)
            with pytest.raises(Conflict, match="A post uses this file"):
                services.delete(actor=me, media=media)
            assert Media.objects.filter(pk=media.pk).exists()
        assert len(files_in(folder)) == 2

    def test_a_viewer_may_not(self, cast: Cast) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        with acting(viewer, cast.workspace) as me, pytest.raises(Forbidden):
            services.delete(actor=me, media=media)


class IsolationTests:
    def test_another_workspaces_media_are_not_there(self, cast: Cast) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        with acting(cast.charlie, cast.elsewhere):
            assert not Media.objects.filter(uid=media.uid).exists()
        with acting(cast.bob, cast.workspace):
            assert Media.objects.filter(uid=media.uid).exists()

    def test_without_a_context_there_are_none(self, cast: Cast) -> None:
        services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        assert not Media.objects.exists()


class OpenTests:
    def test_what_is_gone_is_said_to_be_gone(self, cast: Cast) -> None:
        media = services.store_upload(actor=actor(cast.alice, cast.workspace), file=on_disk(picture()))
        default_storage.delete(media.storage_name)
        with pytest.raises(FileNotFoundError), services.open_media(as_variant_media(media)):
            pass
