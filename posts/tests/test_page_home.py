"""The home page: what needs a person, the day on a line, and the week in the numbers of our promise."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from multivio import tenancy
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user, make_workspace
from posts.tests.pages import browser, noon_zone, put_into, text_of
from social.models import Connection


@pytest.fixture
def home(cast: Cast) -> str:
    return f"/w/{cast.workspace.slug}/"


class TestAnEmptyWorkspace:
    def test_is_told_to_connect_an_account(self, cast: Cast, home: str) -> None:
        page = text_of(browser(cast.alice).get(home))
        assert "Connect an account first" in page
        assert "Nothing needs you. Nothing goes out today." in page

    def test_with_an_account_is_told_to_write(self, cast: Cast, home: str) -> None:
        make_connection(cast.workspace)
        page = text_of(browser(cast.alice).get(home))
        assert "Write a post" in page
        assert "Connect an account first" not in page


class TestWhatNeedsYou:
    def test_an_open_question_comes_first_and_offers_the_decision(self, cast: Cast, home: str) -> None:
        connection = make_connection(cast.workspace, username="norrestudio")
        put_into(
            make_post(cast.alice, cast.workspace, connection, text="It failed"),
            "failed",
            error_sentence="X refused it.",
        )
        asked = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), text="Alma ships")
        put_into(asked, "needs_human", error_sentence="X closed the connection.")
        page = text_of(browser(cast.alice).get(home))
        assert page.index("Is “Alma ships” on X?") < page.index("“It failed” failed on X")
        assert "X closed the connection. We will not send it again until you say so" in page
        assert f"/posts/{asked.uid}/#decide" in page
        assert "2 things need you." in page

    def test_a_failure_says_what_and_what_next_and_can_be_retried(self, cast: Cast, home: str) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), text="Too long")
        publication = put_into(post, "failed", error_sentence="X refused it.", error_next_step="Shorten it.")
        page = text_of(browser(cast.alice).get(home))
        assert "X refused it. Shorten it." in page
        assert f'action="/w/{cast.workspace.slug}/publications/{publication.uid}/retry/"' in page
        assert "1 thing needs you." in page

    def test_a_broken_account_is_named(self, cast: Cast, home: str) -> None:
        make_connection(cast.workspace, username="norrestudio", health="broken", health_reason="X ended our access.")
        page = text_of(browser(cast.alice).get(home))
        assert "X, @norrestudio, is broken" in page
        assert "X ended our access." in page

    def test_an_account_that_was_disconnected_on_purpose_is_not(self, cast: Cast, home: str) -> None:
        make_connection(cast.workspace, health="broken", disconnected_at=timezone.now())
        assert "Nothing needs you." in text_of(browser(cast.alice).get(home))

    def test_more_than_a_dozen_are_counted_and_linked(self, cast: Cast, home: str) -> None:
        connection = make_connection(cast.workspace)
        for number in range(14):
            put_into(make_post(cast.alice, cast.workspace, connection, text=f"Post {number}"), "failed")
        page = text_of(browser(cast.alice).get(home))
        assert "14 things need you." in page
        assert "And 2 more" in page


class TestToday:
    def test_the_line_runs_from_what_was_over_now_to_what_comes(self, cast: Cast) -> None:
        workspace, now = make_workspace(cast.alice, "Noon", zone=noon_zone()), timezone.now()
        connection = make_connection(workspace)
        put_into(
            make_post(cast.alice, workspace, connection, text="Was"),
            "published",
            due_at=now - timedelta(minutes=50),
        )
        put_into(
            make_post(cast.alice, workspace, connection, text="Comes"),
            "scheduled",
            due_at=now + timedelta(minutes=50),
        )
        page = text_of(browser(cast.alice).get(f"/w/{workspace.slug}/"))
        assert page.index(">Was<") < page.index('class="now"') < page.index(">Comes<")
        later = (now + timedelta(minutes=50)).astimezone(workspace.tz)
        assert "1 more post goes out today, at <time" in page
        assert f">{later:%H:%M}</time>." in page

    def test_drafts_and_cancelled_posts_are_not_on_it(self, cast: Cast, home: str) -> None:
        connection = make_connection(cast.workspace)
        make_post(cast.alice, cast.workspace, connection, text="Only a draft")
        put_into(make_post(cast.alice, cast.workspace, connection, text="Called off"), "cancelled")
        page = text_of(browser(cast.alice).get(home))
        assert "Only a draft" not in page
        assert "Called off" not in page


class TestTheWeek:
    def test_its_numbers_are_counted_from_publications(self, cast: Cast, home: str) -> None:
        connection, now = make_connection(cast.workspace), timezone.now()

        def publication(state: str, **fields: object) -> None:
            put_into(make_post(cast.alice, cast.workspace, connection), state, **fields)

        hour_ago = now - timedelta(hours=1)
        publication("published", due_at=hour_ago, finished_at=hour_ago + timedelta(seconds=2))
        publication("published", due_at=hour_ago, finished_at=hour_ago + timedelta(seconds=59))
        publication("published", due_at=hour_ago, finished_at=hour_ago + timedelta(minutes=5))  # too late
        publication("published", due_at=hour_ago, finished_at=hour_ago, duplicate_remote_id="77")
        publication("needs_human", due_at=hour_ago)
        publication("failed", due_at=hour_ago)
        publication("published", due_at=now - timedelta(days=8), finished_at=now - timedelta(days=8))  # before the week
        publication("scheduled", due_at=now + timedelta(hours=2))  # not due yet
        page = text_of(browser(cast.alice).get(home))
        assert "Published on time</span><b>3 of 6</b>" in page
        assert "Doubled</span><b>1</b>" in page
        assert "To decide</span><b>1</b>" in page
        assert "Failed</span><b>1</b>" in page

    def test_an_account_that_has_left_still_counts(self, cast: Cast, home: str) -> None:
        connection, now = make_connection(cast.workspace), timezone.now()
        put_into(make_post(cast.alice, cast.workspace, connection), "published", due_at=now, finished_at=now)
        with tenancy.system("test set-up"):
            Connection.objects.filter(pk=connection.pk).update(disconnected_at=now)
        assert "<b>1 of 1</b>" in text_of(browser(cast.alice).get(home))


class TestRoles:
    def test_a_viewer_sees_everything_and_no_button_that_changes_anything(self, cast: Cast, home: str) -> None:
        vera = make_user("Vera")
        add_member(cast.workspace, vera, Role.VIEWER)
        put_into(make_post(cast.alice, cast.workspace, make_connection(cast.workspace), text="Failed one"), "failed")
        page = text_of(browser(vera).get(home))
        assert "“Failed one” failed on X" in page
        assert "/retry/" not in page
        assert "/compose/" not in page
