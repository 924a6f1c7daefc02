"""A video's whole way through the engine: brought to YouTube ahead of time, and shown to people when it is due."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from multivio import tenancy
from posts import services, staging
from posts.content import Content, Own, PartContent
from posts.media.services import store_upload
from posts.models import Media, Post, Publication
from posts.schedule import WallTime
from posts.services import At
from posts.states import State
from posts.tests.conftest import Driven, attempts_of, publication_of
from posts.tests.factories import Cast, acting, rewind
from posts.tests.media_files import picture, video
from sandbox.testing import Running
from social import platforms
from social.models import Connection, Grant

pytestmark = pytest.mark.real_commits
CLIENT = "sandbox-youtube-client"
Plan = Callable[..., Post]


@pytest.fixture
def channel(sandbox: Running, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A channel whose tokens the sandbox really issued; waiting moves the sandbox's clock instead of ours."""
    monkeypatch.setattr(platforms.get("youtube"), "sleep", sandbox.control.advance, raising=False)
    tokens = sandbox.control.tokens("norrestudio", platform="youtube", client_id=CLIENT)
    with tenancy.system("test set-up"):
        grant = Grant.objects.create(
            workspace=cast.workspace,
            platform="youtube",
            remote_user_id=tokens["user_id"],
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            scopes=tokens["scope"].split(),
            expires_at=timezone.now() + timedelta(hours=1),
        )
        return Connection.objects.create(
            workspace=cast.workspace,
            grant=grant,
            platform="youtube",
            remote_id=tokens["user_id"],
            username="norrestudio",
            name="Norre Studio",
            kind="channel",
            traits={"long_uploads": "allowed", "lacks": []},
        )


@pytest.fixture
def plan(cast: Cast, channel: Connection) -> Plan:
    """`plan(title=…)`: a video with a thumbnail that is due in a few minutes."""

    def store(name: str, data: bytes) -> Media:
        with acting(cast.alice, cast.workspace) as actor:
            return store_upload(actor=actor, file=SimpleUploadedFile(name, data))

    def make(**options: Any) -> Post:
        media = (store("film.mp4", video()).uid, store("lamp.jpg", picture()).uid)
        chosen = {"title": "A lamp", "made_for_kids": "no", **options}
        wall = (timezone.now() + timedelta(minutes=6)).replace(second=0, microsecond=0)
        content = Content((PartContent("How it is made", media),), (channel.uid,), own={channel.uid: Own((), chosen)})
        with acting(cast.alice, cast.workspace) as actor:
            plan = At(WallTime(wall.date(), wall.time(), "UTC"))
            return services.create_post(actor=actor, content=content, plan=plan)

    return make


def due(post: Post) -> None:
    publication = publication_of(post)
    rewind(publication, 3600)
    with tenancy.system("test"):
        Publication.objects.filter(pk=publication.pk).update(due_at=timezone.now())


def look_again(post: Post) -> None:
    with tenancy.system("test"):
        Publication.objects.filter(post=post).update(next_check_at=timezone.now())


def operations(sandbox: Running) -> list[str]:
    return [row["operation"] for row in sandbox.control.ledger(platform="youtube")]


def test_it_is_there_beforehand_and_seen_when_it_is_due(sandbox: Running, plan: Plan, driven: Driven) -> None:
    post = plan()
    assert staging.stage(publication_of(post).pk)
    assert [video["privacy"] for video in sandbox.control.posts("youtube", private=1)] == ["private"]
    before = len(operations(sandbox))
    due(post)
    driven.run()
    publication = publication_of(post)
    assert publication.state == State.PUBLISHED
    (seen,) = sandbox.control.posts("youtube")
    assert (seen["id"], seen["title"], seen["thumbnail"]) == (publication.remote_id, "A lamp", "image/jpeg")
    assert operations(sandbox)[before:] == ["video", "create_post"]


@pytest.mark.parametrize("kind", ["accept_then_reset", "reset"])
def test_an_unknown_switch_ends_in_one_public_video(
    sandbox: Running, plan: Plan, driven: Driven, kind: str, owner_sql: Callable[..., Any]
) -> None:
    post = plan()
    due(post)
    sandbox.control.add_fault(platform="youtube", operation="create_post", kind=kind)
    driven.run()
    assert publication_of(post).state == State.UNKNOWN
    # The call is long over when the next look comes.
    owner_sql("update posts_attempt set started_at = started_at - interval '5 minutes'")
    look_again(post)
    driven.settle()
    driven.run()
    if kind == "reset":  # proven not to have happened, so it is sent again
        due(post)
        driven.run()
    assert publication_of(post).state == State.PUBLISHED
    assert len(sandbox.control.posts("youtube", private=1)) == 1
    assert operations(sandbox).count("upload_start") == 1


def test_a_video_that_is_processed_for_long_is_published_when_it_is_done(
    sandbox: Running, plan: Plan, driven: Driven
) -> None:
    sandbox.control.settings(video_processing_seconds=3000.0)
    post = plan()
    due(post)
    driven.run()
    assert publication_of(post).state == State.UNKNOWN
    assert attempts_of(post)[-1].code == "still_processing"
    sandbox.control.advance(2500)
    look_again(post)
    driven.settle()
    assert publication_of(post).state == State.UNKNOWN
    sandbox.control.advance(600)
    look_again(post)
    driven.settle()
    assert publication_of(post).state == State.PUBLISHED


def test_a_project_that_was_not_audited_fails_with_a_plain_sentence(
    sandbox: Running, plan: Plan, driven: Driven
) -> None:
    sandbox.control.settings(youtube_forced_private=True)
    post = plan()
    due(post)
    driven.run()
    assert publication_of(post).state == State.FAILED
    assert "not audited" in attempts_of(post)[-1].sentence


def test_the_used_up_number_of_uploads_blames_nobody(sandbox: Running, plan: Plan, driven: Driven) -> None:
    sandbox.control.settings(youtube_uploads_per_day=0)
    post = plan()
    due(post)
    driven.run()
    assert publication_of(post).state == State.SCHEDULED
    assert sandbox.control.posts("youtube", private=1) == []


def test_a_token_that_died_early_is_renewed_at_the_last_call(sandbox: Running, plan: Plan, driven: Driven) -> None:
    post = plan()
    due(post)
    sandbox.control.add_fault(platform="youtube", operation="create_post", kind="unauthorized")
    driven.run()
    due(post)
    driven.run()
    assert publication_of(post).state == State.PUBLISHED
    assert "token_refresh" in operations(sandbox)
