"""Media in a bucket: stored as what they are, streamed out, and fetched from the bucket itself."""

import urllib.request
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client

from multivio import tenancy
from posts.content import as_variant_media
from posts.media import services
from posts.media.addresses import media_url
from posts.models import Media
from posts.tests.factories import Cast, acting, make_cast
from posts.tests.fake_bucket import FakeBucket, bucket
from posts.tests.media_files import picture, video
from social.contract import MediaKind, VariantMedia

__all__ = ["bucket"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(bucket: FakeBucket) -> Cast:
    return make_cast()


def store(cast: Cast, data: bytes) -> Media:
    with acting(cast.alice, cast.workspace) as actor:
        pass
    with TemporaryUploadedFile("x.html", "text/html", len(data), None) as arrived:
        arrived.write(data)
        arrived.seek(0)
        return services.store_upload(actor=actor, file=arrived)


def test_it_is_stored_as_what_its_bytes_are(bucket: FakeBucket, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # Which endings are known depends on the machine.
    monkeypatch.setattr("mimetypes.guess_type", lambda *_, **__: (None, None))
    data = video()
    media = store(cast, data)
    body, headers = bucket.objects[media.storage_name]
    assert (body, headers["Content-Type"]) == (data, "video/mp4")
    assert bucket.objects[media.preview_name][1]["Content-Type"] == "image/webp"
    assert set(bucket.refusals) <= {"NoSuchKey"}, "asked whether the name is free; R2 would refuse anything else"


def test_the_publisher_reads_it_as_a_stream(cast: Cast, bucket: FakeBucket) -> None:
    data = video()
    media = as_variant_media(store(cast, data))
    bucket.second_half.clear()
    with services.open_media(media) as stream:
        first = stream.read(500)
        bucket.second_half.set()
        assert first + stream.read() == data
    assert "NobodyReadTheFirstHalf" not in bucket.refusals


def test_what_is_gone_is_said_to_be_gone(bucket: FakeBucket) -> None:
    gone = VariantMedia("u", MediaKind.IMAGE, "image/png", 1, 1, 1, "", storage_name="w/gone.png")
    with pytest.raises(FileNotFoundError), services.open_media(gone):
        pass


def test_an_address_leads_to_the_bucket_for_as_long_as_it_lives(cast: Cast) -> None:
    media = store(cast, picture("PNG"))
    answer = Client().get(media_url(media))
    assert answer.status_code == 302
    with urllib.request.urlopen(answer["Location"]) as fetched:
        assert (fetched.read(), fetched.headers["Content-Type"]) == (picture("PNG"), "image/png")


def test_a_failure_in_between_leaves_nothing(cast: Cast, bucket: FakeBucket) -> None:
    bucket.fail_on = ("PUT", str(cast.workspace.uid))
    with pytest.raises(Exception, match="InvalidRequest"):
        store(cast, picture())
    bucket.fail_on = ("PUT", "preview.webp")
    with pytest.raises(Exception, match="InvalidRequest"):
        store(cast, picture())
    assert bucket.objects == {}


def test_deleting_removes_the_objects(cast: Cast, bucket: FakeBucket, django_capture_on_commit_callbacks: Any) -> None:
    media = store(cast, picture())
    with django_capture_on_commit_callbacks(execute=True), acting(cast.alice, cast.workspace) as actor:
        services.delete(actor=actor, media=media)
    assert bucket.objects == {}


def test_an_object_that_cannot_be_deleted_does_not_bring_the_row_back(
    cast: Cast, bucket: FakeBucket, django_capture_on_commit_callbacks: Any
) -> None:
    media = store(cast, picture())
    bucket.fail_on = ("DELETE", "")
    with django_capture_on_commit_callbacks(execute=True), acting(cast.alice, cast.workspace) as actor:
        services.delete(actor=actor, media=media)
    with tenancy.system("test"):
        assert not Media.objects.exists()
