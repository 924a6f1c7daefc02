"""The page of a post once it is public: its numbers, deleting it there, and what became of that."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from multivio import tenancy
from posts.deletion_models import Deletion
from posts.metrics_models import MetricsWatch
from posts.models import Publication
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user
from posts.tests.pages import browser, put_into, text_of
from posts.tests.test_api_after_publishing import read_once

HTMX = {"HX-Request": "true"}


@pytest.fixture
def publication(cast: Cast) -> Publication:
    return put_into(make_post(cast.alice, cast.workspace, make_connection(cast.workspace)), "published")


def page(cast: Cast, publication: Publication, user: Any = None, **said: Any) -> str:
    path = f"/w/{cast.workspace.slug}/posts/{publication.post.uid}/"
    return text_of(browser(user or cast.alice).get(path, **said))


def press(cast: Cast, publication: Publication, action: str) -> Any:
    return browser(cast.alice).post(f"/w/{cast.workspace.slug}/publications/{publication.uid}/{action}/", follow=True)


def deletion(publication: Publication, **changes: Any) -> None:
    with tenancy.system("test set-up"):
        Deletion.objects.filter(publication=publication).update(**changes)


def test_it_asks_before_it_deletes_and_then_says_how_it_goes(cast: Cast, publication: Publication) -> None:
    html = page(cast, publication)
    assert "Delete it on X?" in html
    assert "Nobody can bring it back" in html
    assert "Deleting it on X" in text_of(press(cast, publication, "delete-there"))
    html = page(cast, publication)
    assert "Delete it on X?" not in html
    assert 'hx-trigger="every 2s"' in html


def test_when_it_is_gone_it_says_since_when_and_by_whom(cast: Cast, publication: Publication) -> None:
    press(cast, publication, "delete-there")
    deletion(publication, state="done", deleted=[publication.remote_id], finished_at=timezone.now(), due_at=None)
    html = page(cast, publication)
    assert "Deleted on X <time" in html
    assert "by Alice. What was published stays here as history." in html
    assert "Delete it on X?" not in html
    assert f'href="{publication.remote_url}"' not in html
    assert "hx-trigger" not in html.partition('id="publications"')[2].partition(">")[0]


def test_an_unknown_outcome_is_said_and_can_be_asked_again(cast: Cast, publication: Publication) -> None:
    press(cast, publication, "delete-there")
    said = {"error_sentence": "X did not say <so>.", "error_next_step": "Ask again: deleting twice does no harm."}
    deletion(publication, state="unknown", due_at=None, **said)
    html = page(cast, publication)
    assert "<b>Perhaps deleted.</b> X did not say &lt;so&gt;. Ask again: deleting twice does no harm." in html
    assert "Delete it on X?" in html
    press(cast, publication, "delete-there")
    assert "Perhaps deleted." not in page(cast, publication)


def test_where_it_cannot_be_deleted_it_says_why(cast: Cast) -> None:
    account = make_connection(cast.workspace, platform="tiktok")
    html = page(cast, put_into(make_post(cast.alice, cast.workspace, account), "published"))
    assert "TikTok lets no application delete posts. Delete it in the TikTok app." in html
    assert "Delete it on TikTok?" not in html


def test_who_may_not_publish_is_offered_neither(cast: Cast, publication: Publication) -> None:
    viewer = make_user("Vera")
    add_member(cast.workspace, viewer, Role.VIEWER)
    html = page(cast, publication, viewer)
    assert "Delete it on X?" not in html
    assert "Refresh numbers" not in html


def test_numbers_say_as_of_when_and_leave_out_what_nobody_said(cast: Cast, publication: Publication) -> None:
    assert "No numbers yet." in page(cast, publication)
    read_once(publication, impressions=12345, reactions=0)
    html = page(cast, publication)
    assert "<dt>Impressions</dt><dd>12,345</dd>" in html
    assert "<dt>Reactions</dt><dd>0</dd>" in html
    assert "Clicks" not in html
    assert "As of <time" in html


def test_refreshing_is_followed_and_refused_when_it_is_too_soon(cast: Cast, publication: Publication) -> None:
    assert "Asking X…" in text_of(press(cast, publication, "numbers"))
    assert "Try again in" in text_of(press(cast, publication, "numbers"))


def test_what_somebody_deleted_there_is_no_longer_there(cast: Cast, publication: Publication) -> None:
    read_once(publication, impressions=7)
    with tenancy.system("test set-up"):
        MetricsWatch.objects.update(gone_at=timezone.now() - timedelta(days=1))
    assert "<b>No longer there.</b> X says so since <time" in page(cast, publication)


def test_the_moving_part_brings_the_question_when_it_becomes_possible(cast: Cast, publication: Publication) -> None:
    assert 'id="deletion-dialogs" hx-swap-oob="true"' in page(cast, publication, headers=HTMX)
    path = f"/w/{cast.workspace.slug}/posts/{publication.post.uid}/?deletable={publication.uid}"
    assert "deletion-dialogs" not in text_of(browser(cast.alice).get(path, headers=HTMX))
