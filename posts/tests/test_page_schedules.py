"""Posting schedules on their pages, and the next free slot in the composer."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Workspace
from accounts.roles import Role
from multivio import tenancy
from posts.models import Post
from posts.services import NextSlot
from posts.slot_models import Slot
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user
from posts.tests.pages import browser, text_of
from posts.tests.scheduling import due_times, give_schedule
from social.models import Connection


@pytest.fixture
def account(cast: Cast) -> Connection:
    return make_connection(cast.workspace)


@pytest.fixture
def alice(cast: Cast) -> Client:
    return browser(cast.alice)


def path(cast: Cast, account: Connection) -> str:
    return f"/w/{cast.workspace.slug}/connections/{account.uid}/schedule/"


def version(page: Any) -> str:
    return str(page.context["version"])


def slots_of(account: Connection) -> list[str]:
    with tenancy.system("test"):
        return [str(slot) for slot in Slot.objects.filter(connection=account)]


class EditorTests:
    def test_the_week_is_shown_and_saved(self, alice: Client, cast: Cast, account: Connection) -> None:
        page = alice.get(path(cast, account))
        assert text_of(page).count('value="09:30"') == 5
        sent = {"at-1": ["09:30", "", "14:00"], "at-6": ["11:15"], "action": "save", "version": version(page)}
        assert "Saved." in text_of(alice.post(path(cast, account), sent, follow=True))
        assert slots_of(account) == ["Mon 09:30", "Mon 14:00", "Sat 11:15"]

    def test_what_somebody_else_saved_meanwhile_is_not_lost(
        self, alice: Client, cast: Cast, account: Connection
    ) -> None:
        old = version(alice.get(path(cast, account)))
        give_schedule(cast.alice, cast.workspace, account, "sun 20:00")
        answer = alice.post(path(cast, account), {"at-1": "08:00", "action": "save", "version": old})
        assert answer.status_code == 412
        assert "Somebody else changed this posting schedule" in text_of(answer)
        assert 'value="08:00"' in text_of(answer)
        assert slots_of(account) == ["Sun 20:00"]

    def test_what_cannot_be_read_is_named(self, alice: Client, cast: Cast, account: Connection) -> None:
        sent = {"at-1": "half past", "action": "save", "version": version(alice.get(path(cast, account)))}
        answer = alice.post(path(cast, account), sent)
        assert (answer.status_code, "is not a time of day such as 09:30" in text_of(answer)) == (422, True)

    def test_a_day_takes_as_many_times_as_a_week_and_more_are_refused_with_all_of_them_kept(
        self, alice: Client, cast: Cast, account: Connection
    ) -> None:
        typed = [f"{hour:02}:{minute:02}" for hour in range(21) for minute in range(0, 60, 12)]
        sent = {"at-5": typed[:100], "action": "save", "version": version(alice.get(path(cast, account)))}
        assert "Saved." in text_of(alice.post(path(cast, account), sent, follow=True))
        assert slots_of(account) == [f"Fri {text}" for text in typed[:100]]
        sent |= {"at-5": typed, "version": version(alice.get(path(cast, account)))}
        answer = alice.post(path(cast, account), sent)
        assert (answer.status_code, "at most 100 slots a week" in text_of(answer)) == (422, True)
        assert all(f'value="{text}"' in text_of(answer) for text in typed)

    def test_it_is_copied_to_all_others_of_the_workspace_and_no_further(
        self, alice: Client, cast: Cast, account: Connection
    ) -> None:
        other, foreign = make_connection(cast.workspace), make_connection(cast.elsewhere)
        gone = make_connection(cast.workspace, disconnected_at="2026-01-01T00:00Z")
        sent = {"at-3": "07:45", "action": "copy", "version": version(alice.get(path(cast, account)))}
        assert "copied to 1 other account." in text_of(alice.post(path(cast, account), sent, follow=True))
        assert slots_of(other) == slots_of(account) == ["Wed 07:45"]
        assert len(slots_of(foreign)) == len(slots_of(gone)) == 5

    def test_an_empty_week_offers_a_beginning(self, alice: Client, cast: Cast, account: Connection) -> None:
        give_schedule(cast.alice, cast.workspace, account)
        assert "No slots yet" in text_of(alice.get(path(cast, account)))
        begun = text_of(alice.post(path(cast, account), {"action": "default"}))
        assert begun.count('value="09:30"') == 5
        assert slots_of(account) == []

    def test_another_time_can_be_added_without_scripts(self, alice: Client, cast: Cast, account: Connection) -> None:
        sent = {"at-2": ["08:00", "12:00"], "action": "more", "version": version(alice.get(path(cast, account)))}
        page = text_of(alice.post(path(cast, account), sent))
        assert page.count('name="at-2"') == 3

    def test_the_week_begins_where_the_workspace_says(self, alice: Client, cast: Cast, account: Connection) -> None:
        with tenancy.system("test"):
            Workspace.objects.filter(pk=cast.workspace.pk).update(week_start=7)
        page = text_of(alice.get(path(cast, account)))
        assert page.index("<legend>Sunday") < page.index("<legend>Monday")

    @pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.VIEWER])
    def test_who_may_not_schedule_reads_it(self, cast: Cast, account: Connection, role: Role) -> None:
        user = make_user("Reader")
        add_member(cast.workspace, user, role)
        page = text_of(browser(user).get(path(cast, account)))
        assert "Whoever may schedule posts can change this." in page
        assert 'name="at-1"' not in page
        assert browser(user).post(path(cast, account), {"action": "save"}).status_code == 403
        assert len(slots_of(account)) == 5


class OverviewTests:
    def test_every_account_stands_there_with_its_next_free_slot(
        self, alice: Client, cast: Cast, account: Connection
    ) -> None:
        give_schedule(cast.alice, cast.workspace, make_connection(cast.workspace))
        page = text_of(alice.get(f"/w/{cast.workspace.slug}/settings/schedules/"))
        assert page.count(">Edit<") == 2
        assert page.count("Next free: <time") == 1
        assert page.count("No slots") == 1

    def test_without_accounts_it_says_what_will_be_here(self, alice: Client, cast: Cast) -> None:
        assert "No account yet" in text_of(alice.get(f"/w/{cast.workspace.slug}/settings/schedules/"))


class ComposerTests:
    def sent(self, *accounts: Connection, **fields: str) -> dict[str, Any]:
        chosen = [str(one.uid) for one in accounts]
        return {"part": "1", "text-1": "Hello", "connections": chosen, "when": "next", "action": "send", **fields}

    def test_adding_to_the_queue_takes_the_slot_and_says_which(
        self, alice: Client, cast: Cast, account: Connection
    ) -> None:
        other = make_connection(cast.workspace)
        give_schedule(cast.alice, cast.workspace, other, "sat 10:00")
        answer = alice.post(f"/w/{cast.workspace.slug}/compose/", self.sent(account, other, token="a"), follow=True)
        assert "In the queue: it goes out on" in text_of(answer)
        assert "The first of its slots." in text_of(answer)
        assert None not in due_times(account, other)
        with tenancy.system("test"):
            post = Post.objects.get()
        assert 'value="next" checked' in text_of(alice.get(f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/"))

    def test_a_check_shows_which_slot_each_account_would_get(
        self, alice: Client, cast: Cast, account: Connection
    ) -> None:
        empty = make_connection(cast.workspace)
        give_schedule(cast.alice, cast.workspace, account, "mon 09:30")
        give_schedule(cast.alice, cast.workspace, empty)
        page = text_of(alice.post(f"/w/{cast.workspace.slug}/compose/check/", self.sent(account, empty)))
        assert "30</time>" in page
        assert "no free slot" in page
        assert "Add times to its posting schedule, or choose a time." in page

    def test_of_a_post_in_its_slot_it_shows_that_one(self, alice: Client, cast: Cast, account: Connection) -> None:
        give_schedule(cast.alice, cast.workspace, account, "mon 09:30")
        post = make_post(cast.alice, cast.workspace, account, plan=NextSlot())
        assert post.due_at is not None
        address = f"/w/{cast.workspace.slug}/compose/check/"
        shown, another = (
            text_of(alice.post(address, self.sent(account, **of))) for of in ({"post": str(post.uid)}, {})
        )
        own = f'datetime="{post.due_at.isoformat(timespec="seconds")}"'
        assert (own in shown, own in another) == (True, False)
