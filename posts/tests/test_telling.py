"""What people are told by mail when a post needs them, and what the operator is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import Settings

from accounts.roles import Role
from multivio import tenancy
from posts import services
from posts.models import PlatformGate
from posts.services import Now
from posts.telling import tell, tell_operator
from posts.tests import outcomes
from posts.tests.factories import Cast, acting, add_member, make_connection, make_post, make_user

Sql = Callable[..., list[tuple[Any, ...]]]


def gathered() -> None:
    """As if the half minute had passed in which mails are gathered."""
    with tenancy.system("test clock"):
        from posts.outbox_models import Outbox  # noqa: PLC0415

        Outbox.objects.update(at="2026-01-01T00:00:00Z", next_try_at=None)


def post_in(cast: Cast, author: Any = None, text: str = "Alma ships") -> Any:
    connection = make_connection(cast.workspace)
    return make_post(author or cast.alice, cast.workspace, connection, text=text, plan=Now())


def test_an_open_question_is_told_with_its_link(cast: Cast, settings: Settings) -> None:
    settings.BASE_URL = "https://multivio.example"
    post = post_in(cast)
    outcomes.needing_a_person(post)
    gathered()
    assert tell() == 1
    (letter,) = mail.outbox
    assert letter.to == [cast.alice.email]
    assert letter.subject == f"1 post needs you in {cast.workspace.name}"
    assert "may or may not be public" in letter.body
    assert f"https://multivio.example/w/{cast.workspace.slug}/posts/{post.uid}/" in letter.body


def test_an_outage_is_one_mail_a_person(cast: Cast) -> None:
    for number in range(3):
        outcomes.held(post_in(cast, text=f"number {number}"))
    gathered()
    tell()
    (letter,) = mail.outbox
    assert letter.subject.startswith("3 posts need you")
    assert all(f"number {number}" in letter.body for number in range(3))
    assert "3 missed their time" in letter.body


def test_nothing_is_told_twice(cast: Cast) -> None:
    outcomes.refused(post_in(cast))
    gathered()
    tell()
    gathered()  # also when the time is over in which whoever took it may still be sending
    tell()
    assert len(mail.outbox) == 1


def test_it_waits_a_moment_for_more(cast: Cast) -> None:
    outcomes.refused(post_in(cast))
    assert tell() == 0


def test_what_was_mended_meanwhile_is_not_told(cast: Cast) -> None:
    post = post_in(cast)
    publication = outcomes.refused(post)
    with acting(cast.alice, cast.workspace) as actor:
        services.cancel_publication(actor=actor, publication=publication)
    gathered()
    assert tell() == 0


def test_an_author_hears_of_their_own_and_an_owner_of_all(cast: Cast) -> None:
    erin, victor = make_user("Erin"), make_user("Victor")
    add_member(cast.workspace, erin, Role.EDITOR)
    add_member(cast.workspace, victor, Role.VIEWER)
    outcomes.refused(post_in(cast, erin, "by Erin"))
    outcomes.refused(post_in(cast, cast.alice, "by Alice"))
    gathered()
    tell()
    bodies = {letter.to[0]: letter.body for letter in mail.outbox}
    assert set(bodies) == {erin.email, cast.alice.email}
    assert "by Alice" not in bodies[erin.email]
    assert "by Alice" in bodies[cast.alice.email]
    assert "by Erin" in bodies[cast.alice.email]


def test_a_workspace_that_holds_quietly_gets_no_mail_about_missed_posts(cast: Cast) -> None:
    with acting(cast.alice, cast.workspace) as actor:
        services.set_missed_window(actor=actor, policy="hold", minutes=15)
    outcomes.held(post_in(cast))
    gathered()
    assert tell() == 0


def test_a_mail_server_that_is_away_is_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes.refused(post_in(cast))
    gathered()
    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", _refuse)
        with pytest.raises(ConnectionRefusedError):
            tell()
    assert tell() == 0  # for ten minutes
    gathered()
    assert tell() == 1


def _refuse(*_args: Any) -> int:
    raise ConnectionRefusedError


def test_the_operator_is_told_once_of_a_platform_that_is_closed_for_everybody(cast: Cast, settings: Settings) -> None:
    settings.ADMINS = [("ops@multivio.example", "ops@multivio.example")]
    with tenancy.system("test"):
        PlatformGate.objects.create(platform="x", closed_until="2999-01-01T00:00:00Z", reason="X: no credits are left.")
    assert tell_operator() == 1
    assert tell_operator() == 0
    (letter,) = mail.outbox
    assert letter.to == ["ops@multivio.example"]
    assert "X: no credits are left." in letter.body
    assert "reconnect" in letter.body
