"""Outcomes of the engine reach the audit trail and the product, once each."""

from typing import Any

import pytest
from django.core import mail

from accounts import preferences
from accounts.audit_models import AuditEntry
from accounts.notification_models import Delivery, Kind, Mail, Notification
from accounts.preferences import Wish
from accounts.roles import Role
from multivio import tenancy
from posts import services
from posts.noting import note
from posts.outbox_models import Outbox
from posts.services import Now
from posts.telling import tell
from posts.tests import outcomes
from posts.tests.factories import Cast, acting, add_member, make_cast, make_connection, make_post, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def post_in(cast: Cast, author: Any = None, text: str = "Alma ships") -> Any:
    connection = make_connection(cast.workspace)
    return make_post(author or cast.alice, cast.workspace, connection, text=text, plan=Now())


def entries(action: str) -> list[AuditEntry]:
    with tenancy.system("test"):
        return list(AuditEntry.objects.filter(action=action))


def told(user: Any) -> list[Notification]:
    with tenancy.system("test"):
        return list(Notification.objects.filter(user=user).order_by("id"))


def test_what_was_published_is_in_the_trail_and_out_of_the_outbox(cast: Cast) -> None:
    publication = outcomes.public(post_in(cast))
    assert publication.state == "published"
    assert note() == 1
    (entry,) = entries("publication.published")
    assert (entry.kind, entry.target_id) == ("task", str(publication.uid))
    assert entry.content["after"]["link"] == publication.remote_url
    with tenancy.system("test"):
        assert not Outbox.objects.exists()
    assert told(cast.alice) == []
    tell()
    assert mail.outbox == []


def test_a_failure_is_in_the_trail_and_told_at_once(cast: Cast) -> None:
    post = post_in(cast)
    publication = outcomes.refused(post)
    note()
    (entry,) = entries("publication.failed")
    assert entry.reason == publication.error_sentence
    (one,) = told(cast.alice)
    assert (one.kind, one.url) == ("failed", f"/w/{cast.workspace.slug}/posts/{post.uid}/")
    assert "Alma ships" in one.body
    assert told(cast.bob) == []


def test_nothing_is_noted_twice(cast: Cast) -> None:
    outcomes.refused(post_in(cast))
    assert [note(), note()] == [1, 0]
    assert len(entries("publication.failed")) == len(told(cast.alice)) == 1


def test_an_open_question_needs_a_person(cast: Cast) -> None:
    outcomes.needing_a_person(post_in(cast))
    note()
    assert [one.kind for one in told(cast.alice)] == ["needs_you"]
    assert len(entries("publication.needs_human")) == 1


def test_an_outage_is_one_notification(cast: Cast) -> None:
    for number in range(5):
        outcomes.held(post_in(cast, text=f"number {number}"))
    note()
    (one,) = told(cast.alice)
    assert one.title == "5 posts need you"
    assert len(entries("publication.held")) == 5


def test_authors_hear_of_their_own(cast: Cast) -> None:
    erin, victor = make_user("Erin"), make_user("Victor")
    add_member(cast.workspace, erin, Role.EDITOR)
    add_member(cast.workspace, victor, Role.VIEWER)
    outcomes.refused(post_in(cast, erin, "by Erin"))
    outcomes.refused(post_in(cast, cast.alice, "by Alice"))
    note()
    assert [len(told(user)) for user in (cast.alice, erin, victor)] == [2, 1, 0]


def test_a_workspace_that_holds_quietly_is_not_told_of_missed_posts(cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        services.set_missed_window(actor=actor, policy="hold", minutes=15)
    outcomes.held(post_in(cast))
    note()
    assert told(cast.alice) == []
    assert len(entries("publication.held")) == 1


def test_the_mail_about_it_is_the_gathered_one_and_not_a_second(cast: Cast) -> None:
    outcomes.refused(post_in(cast))
    note()
    with tenancy.system("test"):
        assert not Delivery.objects.exists()


def test_who_wants_a_digest_gets_no_mail_at_once(cast: Cast) -> None:
    with tenancy.tenant(user_id=cast.alice.pk):
        preferences.choose(user=cast.alice, chosen={Kind.FAILED: Wish(mail=Mail.DIGEST)})
    outcomes.refused(post_in(cast))
    note()
    with tenancy.system("test"):
        assert [row.channel for row in Delivery.objects.all()] == ["digest"]
        Outbox.objects.update(at="2026-01-01T00:00:00Z", next_try_at=None)
    assert tell() == 0
