"""Uploads ahead of time: what is due soon is uploaded before, used when it is due, and never used after an edit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from multivio import tenancy
from posts import services, staging
from posts.content import Content, PartContent
from posts.media.services import store_upload
from posts.models import Media, Post, Publication
from posts.schedule import WallTime
from posts.services import At
from posts.states import State
from posts.tests.conftest import Driven, connect, publication_of
from posts.tests.factories import Cast, acting, rewind
from posts.tests.media_files import picture
from sandbox.testing import Running
from social.models import Connection

pytestmark = pytest.mark.real_commits
Upload = Callable[..., Media]


@pytest.fixture
def upload(cast: Cast) -> Upload:
    def store(data: bytes) -> Media:
        arrived = SimpleUploadedFile("lamp.jpg", data)
        with acting(cast.alice, cast.workspace) as actor:
            return store_upload(actor=actor, file=arrived)

    return store


@pytest.fixture
def account(sandbox: Running, cast: Cast) -> Connection:
    return connect(sandbox, cast.workspace)


def planned(cast: Cast, account: Connection, media: Media, *, minutes: float = 5) -> Post:
    wall = (timezone.now() + timedelta(minutes=minutes + 1)).replace(second=0, microsecond=0)
    content = Content((PartContent("Alma ships", (media.uid,)),), (account.uid,))
    with acting(cast.alice, cast.workspace) as actor:
        return services.create_post(actor=actor, content=content, plan=At(WallTime(wall.date(), wall.time(), "UTC")))


def test_what_is_due_soon_is_uploaded_once(
    sandbox: Running, cast: Cast, account: Connection, upload: Upload, driven: Driven
) -> None:
    post = planned(cast, account, upload(picture()))
    publication = publication_of(post)
    assert staging.due_soon() == [publication.pk]
    assert staging.stage(publication.pk)
    before = len(sandbox.control.ledger())
    assert not staging.stage(publication.pk)  # it is done
    assert len(sandbox.control.ledger()) == before
    rewind(publication, 3600)
    with tenancy.system("test"):
        Publication.objects.filter(pk=publication.pk).update(due_at=timezone.now())
    driven.run()
    assert publication_of(post).state == State.PUBLISHED
    after = sandbox.control.ledger()[before:]
    assert [call["operation"] for call in after] == ["create_post"]
    assert len(sandbox.control.posts(username="norrestudio")[0]["media"]) == 1


def test_later_posts_and_posts_without_media_are_left_alone(cast: Cast, account: Connection, upload: Upload) -> None:
    planned(cast, account, upload(picture()), minutes=20)
    assert staging.due_soon() == []


def test_nothing_is_uploaded_for_a_paused_account(cast: Cast, account: Connection, upload: Upload) -> None:
    planned(cast, account, upload(picture()))
    with acting(cast.alice, cast.workspace) as actor:
        services.pause_connection(actor=actor, connection=account)
    assert staging.due_soon() == []


def test_what_a_worker_holds_is_not_touched(
    sandbox: Running, cast: Cast, account: Connection, upload: Upload, owner_sql: Callable[..., Any]
) -> None:
    publication = publication_of(planned(cast, account, upload(picture())))
    work = staging._load(publication.pk)
    assert work is not None
    owner_sql(
        "update posts_publication set state = 'leased', fence = fence + 1, lease_until = now() + interval '1 minute'"
    )
    stash = staging.StagedStash(work)
    with pytest.raises(Exception, match="being published"):
        stash.put("media:1", {"id": "1"}, lives_seconds=60)
    assert not staging.stage(publication.pk)


def test_an_edit_is_staged_anew_and_only_the_new_picture_goes_out(
    sandbox: Running, cast: Cast, account: Connection, upload: Upload, driven: Driven
) -> None:
    post = planned(cast, account, upload(picture()))
    publication = publication_of(post)
    staging.stage(publication.pk)
    other = upload(picture(size=(60, 20)))
    with acting(cast.alice, cast.workspace) as actor:
        content = Content((PartContent("Alma ships later", (other.uid,)),), (account.uid,))
        services.edit_post(actor=actor, post=post, content=content, plan=services.Now())
    driven.run()
    (public,) = sandbox.control.posts(username="norrestudio")
    assert public["text"] == "Alma ships later"
    assert len(public["media"]) == 1


def test_a_platform_that_is_away_changes_nothing(
    sandbox: Running, cast: Cast, account: Connection, upload: Upload
) -> None:
    post = planned(cast, account, upload(picture()))
    sandbox.control.add_fault(kind="reject_5xx", times=20)
    assert not staging.stage(publication_of(post).pk)
    assert publication_of(post).state == State.SCHEDULED
    assert publication_of(post).error_code == ""
