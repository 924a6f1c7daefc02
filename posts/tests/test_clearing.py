"""A private video whose post was cancelled is taken away from the channel; one that may still be needed, or was shown, is not."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.audit_models import AuditEntry
from multivio import tenancy
from posts import clearing, services, staging
from posts.models import Post, Publication, StepResult
from posts.states import State
from posts.tests.conftest import Driven, attempts_of, publication_of
from posts.tests.factories import Cast, acting
from posts.tests.test_publishing_youtube import Plan, channel, due, operations, plan
from sandbox.testing import Running
from social import tokens
from social.platforms import youtube_api

__all__ = ["channel", "plan"]
pytestmark = pytest.mark.real_commits


def on_channel(sandbox: Running) -> int:
    return len(sandbox.control.posts("youtube", private=1))


def cancel(cast: Cast, post: Post) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        services.cancel_publication(actor=actor, publication=publication_of(post))
    assert publication_of(post).state == State.CANCELLED


def test_it_is_deleted_and_that_is_written_down(sandbox: Running, cast: Cast, plan: Plan) -> None:
    post = plan()
    staging.stage(publication_of(post).pk)
    assert clearing.clear_up() == 0
    cancel(cast, post)
    assert (clearing.clear_up(), clearing.clear_up()) == (1, 0)
    assert on_channel(sandbox) == 0
    with tenancy.system("test"):
        entry = AuditEntry.objects.get(action="publication.upload_taken_away")
        assert not StepResult.objects.filter(name__startswith=clearing.ABANDONED).exists()
    assert entry.workspace_id == cast.workspace.pk


def test_a_failure_tells_of_the_video_and_cancelling_takes_it_away(
    sandbox: Running, cast: Cast, plan: Plan, driven: Driven
) -> None:
    post = plan(playlist="PLnowhere")
    due(post)
    driven.run()
    attempt = attempts_of(post)[-1]
    assert publication_of(post).state == State.FAILED
    assert "no such playlist" in attempt.sentence
    assert attempt.sentence.endswith("publishing again uses it, and cancelling takes it away.")
    (video,) = sandbox.control.posts("youtube", private=1)
    assert f"video {video['id']} is private" in attempt.detail
    assert clearing.clear_up() == 0
    cancel(cast, post)
    assert clearing.clear_up() == 1
    assert on_channel(sandbox) == 0


def test_one_that_somebody_showed_meanwhile_stays(sandbox: Running, cast: Cast, plan: Plan) -> None:
    post = plan()
    staging.stage(publication_of(post).pk)
    (video,) = sandbox.control.posts("youtube", private=1)
    token = tokens.account_for(publication_of(post).connection_id).access_token
    shown = {"id": video["id"], "status": {"privacyStatus": "unlisted"}}
    youtube_api.committing("PUT", youtube_api.url("/videos"), token, query={"part": "status"}, json_body=shown)
    cancel(cast, post)
    assert clearing.clear_up() == 0
    assert on_channel(sandbox) == 1


def test_a_platform_that_does_not_answer_is_asked_again(sandbox: Running, cast: Cast, plan: Plan) -> None:
    post = plan()
    staging.stage(publication_of(post).pk)
    cancel(cast, post)
    sandbox.control.add_fault(platform="youtube", operation="delete", kind="reject_5xx")
    assert (clearing.clear_up(), on_channel(sandbox)) == (0, 1)
    assert (clearing.clear_up(), on_channel(sandbox)) == (1, 0)


def test_one_that_is_planned_again_before_is_uploaded_anew_at_most(
    sandbox: Running, cast: Cast, plan: Plan, driven: Driven
) -> None:
    post = plan()
    staging.stage(publication_of(post).pk)
    cancel(cast, post)
    clearing._abandon()
    with tenancy.system("test"):
        for state in (State.DRAFT, State.SCHEDULED):
            Publication.objects.filter(post=post).update(state=state)
    due(post)
    driven.run()
    assert publication_of(post).state == State.PUBLISHED
    assert clearing.clear_up() == 1
    (seen,) = sandbox.control.posts("youtube", private=1)
    assert (seen["id"], operations(sandbox).count("upload_start")) == (publication_of(post).remote_id, 2)


@pytest.mark.parametrize("status", ["intent", "ambiguous", "ok"])
def test_what_may_have_been_published_is_left_alone(
    sandbox: Running, cast: Cast, plan: Plan, owner_sql: Callable[..., Any], status: str
) -> None:
    post = plan()
    staging.stage(publication_of(post).pk)
    publication = publication_of(post)
    cancel(cast, post)
    owner_sql(
        "insert into posts_attempt (workspace_id, publication_id, fence, step, status, disproved, request_sha256,"
        f" started_at, code, sentence, detail, remote_id, remote_url) values ({publication.workspace_id},"
        f" {publication.pk}, 1, 'commit:1', '{status}', false, '', now(), '', '', '', '', '')"
    )
    assert (clearing.clear_up(), on_channel(sandbox)) == (0, 1)
