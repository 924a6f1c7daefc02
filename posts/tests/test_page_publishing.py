"""The page of publishing, its buttons, and the lines that every page shows when nothing leaves."""

import pytest
from django.utils import timezone

from accounts.roles import Role
from multivio import tenancy
from multivio.health import PROCESSES, heartbeat, redis_client
from posts.models import PlatformGate
from posts.services import Now
from posts.tests import outcomes
from posts.tests.conftest import publication_of
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user, rewind
from posts.tests.pages import browser, text_of
from social.models import Connection


@pytest.fixture
def page(cast: Cast) -> str:
    return f"/w/{cast.workspace.slug}/publishing/"


@pytest.fixture(autouse=True)
def _silence() -> None:
    redis_client().delete(PROCESSES)


class TestTheCrisisStop:
    def test_stops_and_goes_on(self, cast: Cast, page: str) -> None:
        make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now())
        client = browser(cast.alice)
        stopped = text_of(client.post(f"{page}pause/", follow=True))
        assert "Publishing is paused. 1 scheduled post waits." in stopped
        assert "Nothing leaves" in stopped
        assert "Nothing leaves" in text_of(client.get(f"/w/{cast.workspace.slug}/"))
        going = text_of(client.post(f"{page}resume/", follow=True))
        assert "Publishing goes on. 1 scheduled post back in line." in going
        assert "Nothing leaves" not in going

    def test_says_what_was_already_on_its_way(self, cast: Cast, page: str) -> None:
        outcomes.sending(make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now()))
        assert "1 was already on its way and may still appear." in text_of(
            browser(cast.alice).post(f"{page}pause/", follow=True)
        )

    def test_one_account_is_paused_where_accounts_are(self, cast: Cast) -> None:
        connection = make_connection(cast.workspace)
        client, address = browser(cast.alice), f"/w/{cast.workspace.slug}/connections/{connection.uid}"
        assert "The account is paused." in text_of(client.post(f"{address}/pause/", follow=True))
        assert "Paused" in text_of(client.get(f"/w/{cast.workspace.slug}/connections/"))
        assert "The account goes on." in text_of(client.post(f"{address}/resume/", follow=True))

    def test_a_viewer_sees_no_button_and_has_none(self, cast: Cast, page: str) -> None:
        victor = make_user("Victor")
        add_member(cast.workspace, victor, Role.VIEWER)
        client = browser(victor)
        assert "Pause publishing" not in text_of(client.get(page))
        assert "may not schedule and publish posts" in text_of(client.post(f"{page}pause/", follow=True))
        with tenancy.system("test"):
            cast.workspace.refresh_from_db()
        assert cast.workspace.paused_at is None

    def test_a_stranger_finds_nothing(self, cast: Cast, page: str) -> None:
        assert browser(cast.charlie).post(f"{page}pause/").status_code == 404

    def test_an_account_of_others_is_not_there(self, cast: Cast) -> None:
        theirs = make_connection(cast.elsewhere)
        answer = browser(cast.alice).post(f"/w/{cast.workspace.slug}/connections/{theirs.uid}/pause/")
        assert answer.status_code == 404
        with tenancy.system("test"):
            assert Connection.objects.get(pk=theirs.pk).paused_at is None


class TestTheRuleForMissedPosts:
    def test_is_saved(self, cast: Cast, page: str) -> None:
        client = browser(cast.alice)
        client.post(f"{page}missed/", {"missed_policy": "publish", "missed_minutes": "60"})
        shown = text_of(client.get(page))
        assert '<option value="60" selected>' in shown
        assert 'value="publish" checked' in shown

    @pytest.mark.parametrize("minutes", ["", "0", "361", "x", "9" * 40])
    def test_refuses_other_minutes(self, cast: Cast, page: str, minutes: str) -> None:
        answer = browser(cast.alice).post(
            f"{page}missed/", {"missed_policy": "ask", "missed_minutes": minutes}, follow=True
        )
        assert "Between 1 and 360 minutes." in text_of(answer)

    def test_one_decision_is_offered_for_all_that_missed_their_time(self, cast: Cast) -> None:
        connection = make_connection(cast.workspace)
        posts = [make_post(cast.alice, cast.workspace, connection, plan=Now()) for _ in range(2)]
        for post in posts:
            outcomes.held(post)
        client, home = browser(cast.alice), f"/w/{cast.workspace.slug}/"
        assert "2 posts missed their time" in text_of(client.get(home))
        done = client.post(f"{home}publishing/missed/decide/", {"decision": "cancel"}, follow=True)
        assert "2 posts cancelled." in text_of(done)
        assert {publication_of(post).state for post in posts} == {"cancelled"}

    def test_a_decision_has_to_be_one_of_the_two(self, cast: Cast) -> None:
        outcomes.held(make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now()))
        address = f"/w/{cast.workspace.slug}/publishing/missed/decide/"
        assert "Choose one of the two first" in text_of(browser(cast.alice).post(address, follow=True))


class TestWhatRuns:
    def test_every_kind_of_process_is_shown(self, cast: Cast, page: str) -> None:
        heartbeat("worker")
        shown = text_of(browser(cast.alice).get(page))
        assert shown.count("Running") == 1
        assert shown.count("Silent") == 2

    def test_one_that_fell_silent_says_since_when(self, cast: Cast, page: str) -> None:
        redis_client().zadd(PROCESSES, {"dispatcher@host:1": timezone.now().timestamp() - 100})
        assert "last heard of 10" in text_of(browser(cast.alice).get(page))

    def test_a_platform_that_is_closed_for_everybody_is_named(self, cast: Cast, page: str) -> None:
        with tenancy.system("test"):
            PlatformGate.objects.create(platform="x", closed_until="2999-01-01T00:00:00Z", reason="No credits left.")
        shown = text_of(browser(cast.alice).get(page))
        assert "No credits left. What is due waits and goes out by itself. You need not reconnect anything." in shown


class TestTheStandstill:
    def late(self, cast: Cast, seconds: float = 180) -> Connection:
        connection = make_connection(cast.workspace)
        rewind(publication_of(make_post(cast.alice, cast.workspace, connection, plan=Now())), seconds)
        return connection

    def shown(self, cast: Cast) -> bool:
        return "Publishing stands still" in text_of(browser(cast.alice).get(f"/w/{cast.workspace.slug}/posts/"))

    def test_is_said_on_every_page_when_something_due_was_never_tried(self, cast: Cast) -> None:
        self.late(cast)
        assert self.shown(cast)

    def test_not_within_the_first_two_minutes(self, cast: Cast) -> None:
        self.late(cast, seconds=60)
        assert not self.shown(cast)

    def test_not_while_something_is_being_sent(self, cast: Cast) -> None:
        self.late(cast)
        outcomes.public(make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=Now()))
        assert not self.shown(cast)

    def test_not_for_a_paused_account(self, cast: Cast) -> None:
        connection = self.late(cast)
        browser(cast.alice).post(f"/w/{cast.workspace.slug}/connections/{connection.uid}/pause/")
        assert not self.shown(cast)

    def test_not_for_a_platform_that_is_closed(self, cast: Cast) -> None:
        self.late(cast)
        with tenancy.system("test"):
            PlatformGate.objects.create(platform="x", closed_until="2999-01-01T00:00:00Z", reason="No credits left.")
        assert not self.shown(cast)
