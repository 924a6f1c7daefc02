"""The composer without its scripts: what is sent, what comes back, and that nothing that was typed is ever lost."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import ApprovalPolicy
from accounts.roles import Role
from multivio import tenancy
from posts.models import Post, Publication
from posts.tests.approving import set_policy_row
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user
from posts.tests.pages import browser, put_into, text_of
from social.models import Connection


@pytest.fixture
def compose(cast: Cast) -> str:
    return f"/w/{cast.workspace.slug}/compose/"


@pytest.fixture
def norre(cast: Cast) -> Connection:
    return make_connection(cast.workspace, username="norrestudio", name="Norre Studio")


def filled(*texts: str, connections: tuple[Connection, ...] = (), **fields: Any) -> dict[str, Any]:
    """What the composer's form sends."""
    keys = [str(number) for number in range(1, len(texts) + 1)]
    return {
        "part": keys,
        **{f"text-{key}": text for key, text in zip(keys, texts, strict=True)},
        "connections": [str(connection.uid) for connection in connections],
        "when": "now",
        "action": "send",
        "token": "opening-1",
        **fields,
    }


def posts_of(cast: Cast) -> list[Post]:
    with tenancy.system("test"):
        return list(Post.objects.filter(workspace=cast.workspace).prefetch_related("publications").order_by("id"))


class TestSending:
    def test_now_puts_it_into_the_queue_and_shows_the_post(self, cast: Cast, compose: str, norre: Connection) -> None:
        response = browser(cast.alice).post(compose, filled("Hello", connections=(norre,)))
        (post,) = posts_of(cast)
        assert response["Location"] == f"/w/{cast.workspace.slug}/posts/{post.uid}/"
        (publication,) = post.publications.all()
        assert (post.text, post.state, publication.state) == ("Hello", "scheduled", "scheduled")
        assert publication.priority == Publication.NOW

    def test_at_a_time_means_the_wall_clock_of_the_chosen_zone(
        self, cast: Cast, compose: str, norre: Connection
    ) -> None:
        day = (timezone.now() + timedelta(days=3)).date()
        plan = {"when": "at", "on": str(day), "at": "09:30", "zone": "America/New_York"}
        response = browser(cast.alice).post(compose, filled("Later", connections=(norre,), **plan), follow=True)
        (post,) = posts_of(cast)
        assert post.due_at is not None
        assert f"{post.due_at.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d %H:%M}" == f"{day} 09:30"
        assert post.zone == "America/New_York"
        assert "Scheduled for" in text_of(response)

    def test_a_draft_needs_no_account_and_stays_open(self, cast: Cast, compose: str) -> None:
        response = browser(cast.alice).post(compose, filled("Not yet", action="draft"))
        (post,) = posts_of(cast)
        assert (post.state, list(post.publications.all())) == ("draft", [])
        assert response["Location"] == f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/"

    def test_a_thread_keeps_the_order_of_its_parts(self, cast: Cast, compose: str, norre: Connection) -> None:
        data = filled("one", "two", "three", connections=(norre,)) | {"part": ["3", "1", "2"]}
        browser(cast.alice).post(compose, data)
        assert posts_of(cast)[0].texts == ["three", "one", "two"]

    def test_line_breaks_arrive_as_they_were_typed(self, cast: Cast, compose: str) -> None:
        browser(cast.alice).post(compose, filled("\r\nfirst\r\n\r\nsecond", action="draft"))
        assert posts_of(cast)[0].text == "\nfirst\n\nsecond"

    def test_the_same_form_sent_twice_is_one_post(
        self, cast: Cast, compose: str, norre: Connection, django_capture_on_commit_callbacks: Any
    ) -> None:
        client, data = browser(cast.alice), filled("Once", connections=(norre,))
        with django_capture_on_commit_callbacks(execute=True):
            first = client.post(compose, data)
        second = client.post(compose, data)
        assert first["Location"] == second["Location"]
        assert len(posts_of(cast)) == 1

    def test_a_second_one_while_the_first_is_being_saved_is_held_back(
        self, cast: Cast, compose: str, norre: Connection
    ) -> None:
        client, data = browser(cast.alice), filled("Once", connections=(norre,))
        client.post(compose, data)  # not committed yet, as far as anybody else can see
        second = client.post(compose, data)
        assert second.status_code == 409
        assert "This is being saved already." in text_of(second)
        assert len(posts_of(cast)) == 1

    def test_other_words_or_another_opening_are_another_post(self, cast: Cast, compose: str, norre: Connection) -> None:
        client, data = browser(cast.alice), filled("Once", connections=(norre,))
        client.post(compose, data)
        client.post(compose, data | {"text-1": "Twice"})
        client.post(compose, data | {"token": "opening-2"})
        assert len(posts_of(cast)) == 3

    def test_what_was_refused_can_be_sent_again_unchanged(self, cast: Cast, compose: str, norre: Connection) -> None:
        client, data = browser(cast.alice), filled("Hello", connections=(norre,))
        with tenancy.system("test"):
            Connection.objects.filter(pk=norre.pk).update(health="broken")
        assert client.post(compose, data).status_code == 422
        with tenancy.system("test"):
            Connection.objects.filter(pk=norre.pk).update(health="ok")
        assert client.post(compose, data).status_code == 302


class TestRefusals:
    def test_too_long_a_text_comes_back_whole_with_the_sentence_beside_it(
        self, cast: Cast, compose: str, norre: Connection
    ) -> None:
        text = "Nine months of work. " * 20
        page = browser(cast.alice).post(compose, filled("Short one", text, connections=(norre,)))
        assert page.status_code == 422
        assert text.strip() in text_of(page)
        after = text_of(page).split('id="problems-2"')[1].split("</ul>")[0]
        assert "too many for X: 420 of 280 characters." in after
        assert 'href="#text-2"' in after
        assert posts_of(cast) == []

    def test_everything_typed_is_still_there(self, cast: Cast, compose: str, norre: Connection) -> None:
        other = make_connection(cast.workspace, username="other")
        plan = {"when": "at", "on": "2020-01-01", "at": "07:15", "zone": "Asia/Tokyo"}
        page = browser(cast.alice).post(compose, filled("One", "Two", connections=(norre,), **plan))
        html = text_of(page)
        assert page.status_code == 422
        assert "This time has passed." in html
        assert "> One</textarea>" in html
        assert "> Two</textarea>" in html
        assert f'value="{norre.uid}" checked' in html
        assert f'value="{other.uid}" checked' not in html
        assert 'value="2020-01-01"' in html
        assert 'value="07:15"' in html
        assert "<option selected>Asia/Tokyo</option>" in html
        assert 'value="opening-1"' in html

    def test_no_account_and_no_words_are_named(self, cast: Cast, compose: str) -> None:
        html = text_of(browser(cast.alice).post(compose, filled("")))
        assert "Choose at least one account to publish to." in html
        assert "Write something or add a picture." in html

    def test_a_time_that_cannot_be_read_is_named(self, cast: Cast, compose: str, norre: Connection) -> None:
        page = browser(cast.alice).post(compose, filled("x", connections=(norre,), when="at", on="", at="09:30"))
        assert page.status_code == 422
        assert "Choose a day." in text_of(page)

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2027-02-30", "tomorrow"])
    def test_an_impossible_day_is_named_and_breaks_nothing(
        self, cast: Cast, compose: str, norre: Connection, day: str
    ) -> None:
        plan = {"when": "at", "on": day, "at": "09:30", "zone": "Pacific/Kiritimati"}
        page = browser(cast.alice).post(compose, filled("x", connections=(norre,), **plan))
        assert page.status_code == 422
        assert 'class="bad"' in text_of(page).split('id="problems-plan"')[1].split("</ul>")[0]

    @pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd"])
    def test_a_zone_that_is_none_is_named(self, cast: Cast, compose: str, norre: Connection, zone: str) -> None:
        plan = {"when": "at", "on": "2027-01-01", "at": "09:30", "zone": zone}
        page = browser(cast.alice).post(compose, filled("x", connections=(norre,), **plan))
        assert page.status_code == 422
        assert "is not a time zone." in text_of(page)

    def test_the_account_that_cannot_take_it_is_named_among_several(
        self, cast: Cast, compose: str, norre: Connection
    ) -> None:
        premium = make_connection(cast.workspace, username="premium", traits={"subscription_type": "Premium"})
        html = text_of(browser(cast.alice).post(compose, filled("x" * 300, connections=(norre, premium))))
        assert "<b>@norrestudio</b> 20 too many for X" in html
        assert "@premium</b>" not in html


class TestChecking:
    def test_says_what_stands_in_the_way_and_changes_nothing(self, cast: Cast, compose: str, norre: Connection) -> None:
        html = text_of(browser(cast.alice).post(f"{compose}check/", filled("x" * 281, connections=(norre,))))
        assert "1 too many for X: 281 of 280 characters." in html
        assert posts_of(cast) == []

    def test_does_not_scold_a_page_that_was_just_opened(self, cast: Cast, compose: str, norre: Connection) -> None:
        html = text_of(browser(cast.alice).post(f"{compose}check/", filled("")))
        assert "Choose at least one account" not in html
        assert "Write something" not in html

    def test_warns_of_an_hour_that_the_clock_skips(self, cast: Cast, compose: str, norre: Connection) -> None:
        spring = last_sunday(3)
        plan = {"when": "at", "on": spring, "at": "02:30", "zone": "Europe/Copenhagen"}
        html = text_of(browser(cast.alice).post(f"{compose}check/", filled("x", connections=(norre,), **plan)))
        assert "The clock skips this time" in html
        assert "it goes out at 03:30" in html

    def test_asks_which_of_two_equal_hours_is_meant(self, cast: Cast, compose: str, norre: Connection) -> None:
        autumn = last_sunday(10)
        plan = {"when": "at", "on": autumn, "at": "02:30", "zone": "Europe/Copenhagen"}
        client = browser(cast.alice)
        html = text_of(client.post(f"{compose}check/", filled("x", connections=(norre,), **plan)))
        assert "The clock shows 02:30 twice that night." in html
        client.post(compose, filled("x", connections=(norre,), fold="1", **plan))
        (post,) = posts_of(cast)
        assert post.due_at is not None
        assert f"{post.due_at:%H:%M}" == "01:30"  # the second 02:30 is an hour from UTC, the first would be two


class TestSendingForApproval:
    @pytest.fixture(autouse=True)
    def _approval(self, cast: Cast) -> None:
        set_policy_row(cast.workspace, ApprovalPolicy.REQUIRED)

    def test_a_refused_one_leaves_nothing_behind_and_may_be_sent_again(
        self, cast: Cast, compose: str, norre: Connection
    ) -> None:
        client = browser(cast.alice)
        for _ in range(2):
            refused = client.post(compose, filled("Hello", action="ask"))
            assert (refused.status_code, "Choose at least one account" in text_of(refused)) == (422, True)
        assert posts_of(cast) == []
        assert client.post(compose, filled("Hello", connections=(norre,), action="ask")).status_code == 302
        assert [post.approval for post in posts_of(cast)] == ["pending"]

    def test_a_refused_one_of_a_stored_post_changes_nothing_so_the_next_is_not_stale(
        self, cast: Cast, norre: Connection
    ) -> None:
        post = make_post(cast.alice, cast.workspace, norre, text="Before")
        client, edit = browser(cast.alice), f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/"
        sent: dict[str, Any] = {"action": "ask", "version": str(post.version)}
        assert client.post(edit, filled("After", **sent)).status_code == 422
        assert [kept.text for kept in posts_of(cast)] == ["Before"]
        assert client.post(edit, filled("After", connections=(norre,), **sent)).status_code == 302
        assert [(kept.text, kept.approval) for kept in posts_of(cast)] == [("After", "pending")]


class TestKeepingWhatIsTyped:
    def test_an_answer_names_the_openings_that_are_done_and_their_posts(self, cast: Cast, compose: str) -> None:
        client = browser(cast.alice)
        client.post(compose, filled("one", action="draft", token="opening-1"))
        client.post(compose, filled("two", action="draft", token="opening-2"))
        one, two = posts_of(cast)
        named = client.cookies["composed"].value.split(".")[-2:]
        assert named == [f"opening-1:{one.uid}", f"opening-2:{two.uid}"]

    def test_a_refusal_does_not(self, cast: Cast, compose: str) -> None:
        client = browser(cast.alice)
        client.post(compose, filled(""))
        assert "composed" not in client.cookies


class TestWithoutScripts:
    def test_a_part_can_be_added_moved_and_removed(self, cast: Cast, compose: str) -> None:
        client = browser(cast.alice)
        added = client.post(compose, filled("one", action="add-part"))
        assert added.status_code == 200
        assert text_of(added).split("<template")[0].count('name="part"') == 2
        moved = text_of(client.post(compose, filled("one", "two", action="up:2")))
        assert moved.index("> two</textarea>") < moved.index("> one</textarea>")
        removed = text_of(client.post(compose, filled("one", "two", action="remove-part:1")))
        assert "> one</textarea>" not in removed
        assert "> two</textarea>" in removed
        assert posts_of(cast) == []

    def test_enter_in_a_field_checks_and_sends_nothing(self, cast: Cast, compose: str, norre: Connection) -> None:
        page = browser(cast.alice).post(compose, filled("x" * 281, connections=(norre,), action="check"))
        assert page.status_code == 200
        assert "281 of 280" in text_of(page)
        assert posts_of(cast) == []


class TestEditing:
    def test_opens_what_is_stored_and_saves_what_is_sent(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre, parts=("one", "two"))
        client, address = browser(cast.alice), f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/"
        html = text_of(client.get(address))
        assert "> one</textarea>" in html
        assert f'value="{norre.uid}" checked' in html
        client.post(address, filled("uno", "due", connections=(norre,), version="1", action="draft"))
        assert posts_of(cast)[0].texts == ["uno", "due"]

    def test_somebody_elses_newer_version_is_not_overwritten(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre, text="Old")
        address = f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/"
        browser(cast.bob).post(address, filled("Bob’s", connections=(norre,), version="1", action="draft"))
        mine = filled("Alice’s", connections=(norre,), version="1", action="draft")
        page = browser(cast.alice).post(address, mine)
        html = text_of(page)
        assert page.status_code == 412
        assert "Somebody else saved this post while you were writing." in html
        assert "> Alice’s</textarea>" in html
        assert posts_of(cast)[0].text == "Bob’s"
        assert 'name="version" value="2"' in html
        browser(cast.alice).post(address, mine | {"version": "2"})
        assert posts_of(cast)[0].text == "Alice’s"

    def test_what_is_sent_or_on_its_way_opens_its_page_instead(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        put_into(post, "published")
        response = browser(cast.alice).get(f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/", follow=True)
        assert response.request["PATH_INFO"] == f"/w/{cast.workspace.slug}/posts/{post.uid}/"
        assert "Copy it instead." in text_of(response)

    def test_one_that_was_sent_meanwhile_keeps_the_words_on_the_page(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        put_into(post, "published")
        address = f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/"
        page = browser(cast.alice).post(address, filled("Too late", connections=(norre,), version="1"))
        assert page.status_code == 409
        assert "> Too late</textarea>" in text_of(page)
        assert "can no longer be changed" in text_of(page)

    def test_a_copy_begins_with_the_same_words_and_accounts(self, cast: Cast, compose: str, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre, parts=("one", "two"))
        put_into(post, "published")
        html = text_of(browser(cast.alice).get(compose, {"copy": str(post.uid)}))
        assert "> one</textarea>" in html
        assert "> two</textarea>" in html
        assert f'value="{norre.uid}" checked' in html

    def test_another_workspaces_post_cannot_be_copied(self, cast: Cast, compose: str) -> None:
        theirs = make_post(cast.charlie, cast.elsewhere, text="Secret")
        assert browser(cast.alice).get(compose, {"copy": str(theirs.uid)}).status_code == 404


class TestRoles:
    def test_a_viewer_is_told_that_they_may_not_write(self, cast: Cast, compose: str) -> None:
        vera = make_user("Vera")
        add_member(cast.workspace, vera, Role.VIEWER)
        for response in (browser(vera).get(compose), browser(vera).post(compose, filled("x", action="draft"))):
            assert response.status_code == 403
            assert "Your role here is viewer, which may not write drafts." in text_of(response)
        assert posts_of(cast) == []

    def test_a_contributor_writes_drafts_and_cannot_publish(self, cast: Cast, compose: str, norre: Connection) -> None:
        carl = make_user("Carl")
        add_member(cast.workspace, carl, Role.CONTRIBUTOR)
        html = text_of(browser(carl).get(compose))
        assert 'value="draft"' in html
        assert 'value="send"' not in html
        refused = browser(carl).post(compose, filled("Now!", connections=(norre,)))
        assert refused.status_code == 403
        assert "> Now!</textarea>" in text_of(refused)
        assert posts_of(cast) == []


def last_sunday(month: int) -> str:
    """Of that month in the next year: when clocks in Europe change."""
    day = timezone.now().date().replace(year=timezone.now().year + 1, month=month, day=31)
    return str(day - timedelta(days=(day.weekday() + 1) % 7))
