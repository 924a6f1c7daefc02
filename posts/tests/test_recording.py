"""Every service that writes leaves an entry in the audit trail, with what changed; a refused one leaves none."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.audit_models import AuditEntry
from accounts.services import Actor, create_api_key, revoke_api_key
from multivio import tenancy
from multivio.errors import DomainError
from posts import services
from posts.media import services as media
from posts.models import Publication
from posts.schedule import WallTime
from posts.services import At, Draft, Now
from posts.tests import media_files, outcomes
from posts.tests.factories import Cast, acting, content, make_cast, make_connection, make_media, make_post
from social import services as social

pytestmark = pytest.mark.django_db
LATER = At(WallTime((timezone.now() + timedelta(days=30)).date(), time(9, 30), "Europe/Copenhagen"))
Made = dict[str, Any]
Deed = Callable[[Actor, Made], Any]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def made(cast: Cast) -> Made:
    """A draft, a planned post, one that failed, an open question, and what goes with them."""
    connection, other = make_connection(cast.workspace), make_connection(cast.workspace)
    failed = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now(), text="failed")
    outcomes.refused(failed)
    asked = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now(), text="asked")
    outcomes.needing_a_person(asked)
    missed = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now(), text="missed")
    outcomes.held(missed)
    return {
        "connection": connection,
        "other": other,
        "draft": make_post(cast.alice, cast.workspace, connection, plan=Draft(), text="draft"),
        "planned": make_post(cast.alice, cast.workspace, other, plan=LATER, text="planned"),
        "failed": outcomes.publication_of(failed),
        "asked": outcomes.publication_of(asked),
        "media": make_media(cast.workspace),
    }


def key_of(actor: Actor) -> Any:
    return create_api_key(actor=actor, name="script")[0]


def of(post: Any) -> Publication:
    return Publication.objects.get(post=post)


DEEDS: dict[str, Deed] = {
    "post.created": lambda a, m: services.create_post(
        actor=a, content=content("new", connections=(m["connection"],)), plan=Draft()
    ),
    "post.edited": lambda a, m: services.edit_post(
        actor=a, post=m["draft"], content=content("other words", connections=(m["connection"],)), plan=Draft()
    ),
    "post.deleted": lambda a, m: services.delete_draft(actor=a, post=m["draft"]),
    "post.published_now": lambda a, m: services.publish_now(actor=a, post=m["draft"]),
    "post.cancelled": lambda a, m: services.cancel_post(actor=a, post=m["planned"]),
    "publication.cancelled": lambda a, m: services.cancel_publication(actor=a, publication=of(m["planned"])),
    "publication.retried": lambda a, m: services.retry(actor=a, publication=m["failed"]),
    "publication.found_there": lambda a, m: services.decide_there(actor=a, publication=m["asked"]),
    "publication.not_there": lambda a, m: services.decide_not_there(actor=a, publication=m["asked"]),
    "missed.cancelled": lambda a, m: services.decide_missed(actor=a, publish=False),
    "missed.published": lambda a, m: services.decide_missed(actor=a, publish=True),
    "workspace.paused": lambda a, m: services.pause_workspace(actor=a),
    "workspace.resumed": lambda a, m: (services.pause_workspace(actor=a), services.resume_workspace(actor=a)),
    "connection.paused": lambda a, m: services.pause_connection(actor=a, connection=m["other"]),
    "connection.resumed": lambda a, m: (
        services.pause_connection(actor=a, connection=m["other"]),
        services.resume_connection(actor=a, connection=m["other"]),
    ),
    "workspace.missed_window_set": lambda a, m: services.set_missed_window(actor=a, policy="hold", minutes=5),
    "media.uploaded": lambda a, m: media.store_upload(
        actor=a, file=SimpleUploadedFile("lamp.png", media_files.picture("PNG"), content_type="image/png")
    ),
    "media.described": lambda a, m: media.describe(actor=a, media=m["media"], alt_text="A lamp"),
    "media.deleted": lambda a, m: media.delete(actor=a, media=m["media"]),
    "key.made": lambda a, m: key_of(a),
    "key.revoked": lambda a, m: revoke_api_key(actor=a, key=key_of(a)),
    "connection.lost": lambda a, m: social.mark_lost(m["connection"].grant, "X no longer takes our access."),
}


@pytest.mark.parametrize("action", DEEDS)
def test_what_is_done_is_written_down(cast: Cast, made: Made, action: str) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        DEEDS[action](actor, made)
    with tenancy.system("test"):
        entry = AuditEntry.objects.filter(action=action).latest("id")
    assert entry.workspace_id == cast.workspace.pk
    assert (entry.kind, entry.user_id) == (("task", None) if action == "connection.lost" else ("user", cast.alice.pk))


@pytest.mark.parametrize("action", DEEDS)
def test_what_is_refused_is_not(cast: Cast, made: Made, action: str) -> None:
    if action in {"connection.lost", "key.made", "key.revoked"}:
        pytest.skip("nobody is asked")
    with acting(cast.alice, cast.workspace) as owner:
        viewer = Actor(user=owner.user, workspace=owner.workspace, role="viewer")
        before = AuditEntry.objects.count()
        with pytest.raises(DomainError):
            DEEDS[action](viewer, made)
        assert AuditEntry.objects.count() == before


def test_an_edit_says_what_it_changed(cast: Cast, made: Made) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        DEEDS["post.edited"](actor, made)
    with tenancy.system("test"):
        said = AuditEntry.objects.get(action="post.edited").content
    assert (said["before"]["text"], said["after"]["text"]) == ("draft", "other words")
    assert "zone" not in said["before"]


def test_no_token_of_a_connection_is_in_the_trail(cast: Cast) -> None:
    connection = make_connection(cast.workspace, access_token="a-token-of-theirs")
    with acting(cast.alice, cast.workspace) as actor:
        social.disconnect(actor=actor, connection=connection)
    with tenancy.system("test"):
        assert AuditEntry.objects.filter(action="connection.disconnected").exists()
        assert not [e for e in AuditEntry.objects.all() if "a-token-of-theirs" in str((e.content, e.origin))]


def test_a_key_is_named_by_its_first_letters_alone(cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        _row, key = create_api_key(actor=actor, name="script")
    with tenancy.system("test"):
        entry = AuditEntry.objects.get(action="key.made")
    assert entry.content["after"]["prefix"] == key[:10]
    assert key not in str(entry.content)
