"""TikTok through the whole engine: the journal, the stash and the looks, with the sandbox's ledger as the witness."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from multivio import tenancy
from posts import services
from posts.content import Content, Own, PartContent
from posts.media.services import store_upload
from posts.models import Post, Publication, StepResult
from posts.services import Now
from posts.states import State
from posts.tests.conftest import Driven, attempts_of, publication_of
from posts.tests.factories import Cast, acting, make_connection, rewind
from sandbox.testing import Running
from social.models import Connection, Grant
from social.tests.tiktok_making import CLIENT, naps, upright_video

__all__ = ["naps"]
pytestmark = pytest.mark.real_commits
Publish = Callable[..., Post]


@pytest.fixture
def account(sandbox: Running, cast: Cast) -> Connection:
    tokens = sandbox.control.tokens("norrestudio", platform="tiktok", client_id=CLIENT)
    names = ("access_token", "refresh_token")
    made = make_connection(
        cast.workspace,
        username="norrestudio",
        remote_id=tokens["open_id"],
        **{name: tokens[name] for name in names},
    )
    with tenancy.system("test set-up"):
        Connection.objects.filter(pk=made.pk).update(platform="tiktok")
        Grant.objects.filter(pk=made.grant_id).update(platform="tiktok")
        made.refresh_from_db()
        return made


@pytest.fixture
def publish(cast: Cast, account: Connection) -> Publish:
    def make(text: str = "A film", **options: Any) -> Post:
        with acting(cast.alice, cast.workspace) as actor:
            arrived = SimpleUploadedFile("film.mp4", BytesIO(upright_video()).read())
            media = store_upload(actor=actor, file=arrived)
            own = {account.uid: Own(options={"privacy_level": "PUBLIC_TO_EVERYONE", **options})}
            content = Content((PartContent(text, (media.uid,)),), (account.uid,), own)
            return services.create_post(actor=actor, content=content, plan=Now())

    return make


def look(driven: Driven, post: Post, *, seconds: float = 0) -> Publication:
    """The next look after an unknown outcome, as if the last byte had left that long ago."""
    publication = publication_of(post)
    rewind(publication, 60)
    with tenancy.system("test clock"):
        for kept in StepResult.objects.filter(publication=publication, name__startswith="tiktok:"):
            StepResult.objects.filter(pk=kept.pk).update(
                value={**kept.value, "sent_at": kept.value.get("sent_at", 0) - seconds}
            )
    driven.settle()
    return publication_of(post)


def chunks(sandbox: Running) -> list[str]:
    rows = sandbox.control.ledger(platform="tiktok")
    return [row["operation"] for row in rows if row["operation"] in ("init_video", "last_chunk")]


def test_a_video_is_public_once_with_its_proof(
    sandbox: Running, publish: Publish, driven: Driven, settings: Any
) -> None:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 30
    post = publish()
    driven.run()
    publication = publication_of(post)
    (public,) = sandbox.control.posts("tiktok")
    assert publication.state == State.PUBLISHED
    assert (publication.remote_id, publication.remote_url) == (public["id"], public["url"])
    assert publication.outcome_proof["publish_id"] == public["publish_id"]


def test_a_private_one_is_published_without_an_address(
    sandbox: Running, publish: Publish, driven: Driven, settings: Any
) -> None:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 30
    post = publish(privacy_level="SELF_ONLY")
    driven.run()
    publication = publication_of(post)
    (public,) = sandbox.control.posts("tiktok")
    assert publication.state == State.PUBLISHED
    assert (publication.remote_id, publication.remote_url) == (public["publish_id"], "")


def test_what_takes_longer_than_a_call_is_looked_up(sandbox: Running, publish: Publish, driven: Driven) -> None:
    post = publish()
    driven.run()
    assert publication_of(post).state == State.UNKNOWN
    assert look(driven, post).state == State.UNKNOWN
    sandbox.control.advance(60)
    assert look(driven, post).state == State.PUBLISHED
    assert chunks(sandbox) == ["init_video", "last_chunk"]


def test_a_last_byte_without_an_answer_is_found(sandbox: Running, publish: Publish, driven: Driven) -> None:
    sandbox.control.add_fault(platform="tiktok", operation="last_chunk", kind="accept_then_reset")
    post = publish()
    driven.run()
    assert publication_of(post).state == State.UNKNOWN
    sandbox.control.advance(60)
    assert look(driven, post).state == State.PUBLISHED
    assert len(sandbox.control.posts("tiktok")) == 1


def test_a_last_byte_that_was_lost_is_sent_again_to_the_same_task(
    sandbox: Running, publish: Publish, driven: Driven
) -> None:
    sandbox.control.add_fault(platform="tiktok", operation="last_chunk", kind="late_delivery", params={"seconds": 1800})
    post = publish()
    driven.run()
    assert look(driven, post).state == State.UNKNOWN
    assert look(driven, post, seconds=200).state == State.SCHEDULED
    rewind(publication_of(post), 10)
    driven.run()
    sandbox.control.advance(1800)
    sandbox.control.advance(60)
    assert look(driven, post).state == State.PUBLISHED
    assert len(sandbox.control.posts("tiktok")) == 1
    assert chunks(sandbox) == ["init_video", "last_chunk", "last_chunk"]
    assert [one.step for one in attempts_of(post)] == ["commit:1", "commit:1"]


def test_what_tiktok_found_unusable_fails_with_its_reason(sandbox: Running, publish: Publish, driven: Driven) -> None:
    sandbox.control.settings(tiktok_fail_reason="frame_rate_check_failed")
    post = publish()
    driven.run()
    sandbox.control.advance(60)
    assert look(driven, post).state == State.SCHEDULED  # proven absent
    rewind(publication_of(post), 10)
    driven.run()
    publication = publication_of(post)
    assert publication.state == State.FAILED
    assert "frame rate" in publication.error_sentence


def test_an_access_that_ended_early_is_renewed_while_uploading(
    sandbox: Running, publish: Publish, driven: Driven, settings: Any
) -> None:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 30
    post = publish()
    sandbox.control.add_fault(platform="tiktok", operation="init_video", kind="unauthorized")
    driven.run()
    assert publication_of(post).state == State.SCHEDULED
    rewind(publication_of(post), 10)
    driven.run()
    assert publication_of(post).state == State.PUBLISHED


def test_one_that_stays_unknown_there_asks_to_reconnect(sandbox: Running, publish: Publish, driven: Driven) -> None:
    post = publish()
    sandbox.control.add_fault(platform="tiktok", operation="creator_info", kind="unauthorized", times=-1)
    driven.run()
    rewind(publication_of(post), 10)
    driven.run()
    assert publication_of(post).state == State.HELD
