"""The page of a post: its story to the second, what can be done now, and the decision that only a person can make."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from multivio import tenancy
from posts.models import Attempt, Post, Publication
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user
from posts.tests.pages import add_attempt, browser, put_into, text_of
from social.models import Connection

HTMX = {"HX-Request": "true"}


@pytest.fixture
def norre(cast: Cast) -> Connection:
    return make_connection(cast.workspace, username="norrestudio")


def address(cast: Cast, post: Post) -> str:
    return f"/w/{cast.workspace.slug}/posts/{post.uid}/"


def now_as(publication: Publication) -> Publication:
    with tenancy.system("test"):
        return Publication.objects.get(pk=publication.pk)


class TestTheStory:
    def test_a_published_post_links_to_itself_on_the_platform(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre, text="We did it")
        publication = put_into(post, "published", remote_url="https://x.example/norrestudio/status/42")
        started = timezone.now()
        add_attempt(publication, status=Attempt.Status.OK, started_at=started, finished_at=started)
        html = text_of(browser(cast.alice).get(address(cast, post)))
        assert 'href="https://x.example/norrestudio/status/42"' in html
        assert "Attempt 1: published" in html
        assert f">{started.astimezone(cast.workspace.tz):%H:%M:%S}</time>" in html
        assert "Retry" not in html
        assert "Publish now" not in html

    def test_a_failure_says_what_happened_and_folds_the_detail(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        publication = put_into(post, "failed", error_sentence="X refused it.", error_next_step="Shorten it.")
        add_attempt(publication, status=Attempt.Status.REFUSED, code="403", detail='{"title": "Forbidden <b>"}')
        html = text_of(browser(cast.alice).get(address(cast, post)))
        assert "<b>X refused it.</b> Shorten it." in html
        assert "Attempt 1: refused, nothing was made public" in html
        assert "<details><summary>Details</summary>" in html
        assert "Forbidden &lt;b&gt;" in html
        assert "Retry" in html

    def test_a_thread_that_stopped_half_way_says_how_much_is_live(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre, parts=("one", "two", "three"))
        publication = put_into(post, "failed", committed=2, error_sentence="X refused the third.")
        for number, status in ((1, "ok"), (2, "ok"), (3, "refused")):
            add_attempt(publication, step=f"commit:{number}", status=status)
        html = text_of(browser(cast.alice).get(address(cast, post)))
        assert "Failed, 2 of 3 parts are live" in html
        assert "Part 3 of 3: refused, nothing was made public" in html

    def test_a_second_copy_that_turned_up_is_said_loudly(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        put_into(post, "published", duplicate_remote_id="4711")
        assert "It is on X twice." in text_of(browser(cast.alice).get(address(cast, post)))

    def test_what_was_written_is_shown_as_text(self, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, text="<script>alert(1)</script>\nsecond line")
        html = text_of(browser(cast.alice).get(address(cast, post)))
        assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>second line" in html
        assert "<script>alert" not in html

    def test_the_same_page_of_a_stranger_is_not_there(self, cast: Cast) -> None:
        post = make_post(cast.charlie, cast.elsewhere)
        assert browser(cast.alice).get(address(cast, post)).status_code == 404


class TestLooking:
    def test_polls_every_two_seconds_while_something_moves_and_stops_at_the_end(
        self, cast: Cast, norre: Connection
    ) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        put_into(post, "sending")
        client = browser(cast.alice)
        assert 'hx-trigger="every 2s"' in text_of(client.get(address(cast, post)))
        other = make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        put_into(other, "published")
        assert 'hx-trigger="every 2s"' not in text_of(client.get(address(cast, other)))

    def test_gets_nothing_while_nothing_has_changed_and_the_moving_parts_when_it_has(
        self, cast: Cast, norre: Connection
    ) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        publication = put_into(post, "sending")
        client = browser(cast.alice)
        seen = text_of(client.get(address(cast, post))).split("?seen=")[1].split("&amp;")[0]
        assert client.get(address(cast, post), {"seen": seen}, headers=HTMX).status_code == 204
        with tenancy.system("test"):
            Publication.objects.filter(pk=publication.pk).update(
                state="failed", lease_until=None, lease_owner=None, error_sentence="X refused it."
            )
        changed = client.get(address(cast, post), {"seen": seen}, headers=HTMX)
        html = text_of(changed)
        assert changed.status_code == 200
        assert "X refused it." in html
        assert 'id="post-actions" hx-swap-oob="true"' in html
        assert "<h1>" not in html

    def test_leaves_a_decision_that_is_being_filled_in_alone(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        publication = put_into(post, "needs_human")
        client = browser(cast.alice)
        same = text_of(client.get(address(cast, post), {"seen": "old", "open": str(publication.uid)}, headers=HTMX))
        assert 'id="decisions"' not in same
        new = text_of(client.get(address(cast, post), {"seen": "old", "open": ""}, headers=HTMX))
        assert 'id="decisions" hx-swap-oob="true"' in new

    def test_sends_somebody_who_was_signed_out_to_sign_in_as_a_whole(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        response = Client().get(address(cast, post), headers=HTMX)
        assert response.status_code == 401
        assert response["HX-Redirect"] == f"/accounts/login/?next={address(cast, post)}"


class TestDeciding:
    @pytest.fixture
    def asked(self, cast: Cast, norre: Connection) -> Publication:
        post = make_post(cast.alice, cast.workspace, norre)
        publication = put_into(post, "needs_human", checks=5, error_sentence="X closed the connection.")
        add_attempt(publication, status=Attempt.Status.AMBIGUOUS, sentence="No answer after 30 seconds.")
        return publication

    def test_the_card_shows_the_evidence_and_preselects_nothing(self, cast: Cast, asked: Publication) -> None:
        html = text_of(browser(cast.alice).get(address(cast, asked.post)))
        card = html.split('id="decide"')[1].split("</section>")[0]
        assert "Is it on X?" in card
        assert "No answer after 30 seconds." in card
        assert "Looked at the newest posts of @norrestudio 5 times" in card
        assert "checked" not in card
        assert "/x/norrestudio" in card

    def test_it_is_there_marks_it_published_with_the_link(self, cast: Cast, asked: Publication) -> None:
        button = f"/w/{cast.workspace.slug}/publications/{asked.uid}/decide/"
        link = "https://x.com/norrestudio/status/1600000000000000001"
        browser(cast.alice).post(button, {"seen": "there", "link": link})
        after = now_as(asked)
        assert (after.state, after.remote_url) == ("published", link)

    def test_it_is_not_there_sends_it_again(self, cast: Cast, asked: Publication) -> None:
        browser(cast.alice).post(f"/w/{cast.workspace.slug}/publications/{asked.uid}/decide/", {"seen": "not-there"})
        assert now_as(asked).state == "scheduled"

    def test_no_choice_is_no_decision(self, cast: Cast, asked: Publication) -> None:
        button = f"/w/{cast.workspace.slug}/publications/{asked.uid}/decide/"
        page = browser(cast.alice).post(button, {}, follow=True)
        assert "Choose one of the two first" in text_of(page)
        assert now_as(asked).state == "needs_human"

    def test_a_bad_link_is_refused_with_a_sentence(self, cast: Cast, asked: Publication) -> None:
        button = f"/w/{cast.workspace.slug}/publications/{asked.uid}/decide/"
        page = browser(cast.alice).post(button, {"seen": "there", "link": "over there"}, follow=True)
        assert "This is not the address of a post on X." in text_of(page)
        assert now_as(asked).state == "needs_human"

    def test_deciding_twice_says_that_it_is_decided(self, cast: Cast, asked: Publication) -> None:
        client, button = browser(cast.alice), f"/w/{cast.workspace.slug}/publications/{asked.uid}/decide/"
        client.post(button, {"seen": "there"})
        page = client.post(button, {"seen": "not-there"}, follow=True)
        assert "so there is nothing to decide" in text_of(page)
        assert now_as(asked).state == "published"


class TestButtons:
    def test_publish_now_puts_a_draft_into_the_queue(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        browser(cast.alice).post(f"{address(cast, post)}publish/")
        with tenancy.system("test"):
            assert Publication.objects.get(post=post).state == "scheduled"

    def test_cancel_keeps_the_post(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        put_into(post, "scheduled")
        page = browser(cast.alice).post(f"{address(cast, post)}cancel/", follow=True)
        assert "Cancelled. The post is kept" in text_of(page)
        with tenancy.system("test"):
            assert Publication.objects.get(post=post).state == "cancelled"

    def test_retry_sends_a_failed_one_again(self, cast: Cast, norre: Connection) -> None:
        publication = put_into(make_post(cast.alice, cast.workspace, norre), "failed", error_sentence="X refused it.")
        browser(cast.alice).post(f"/w/{cast.workspace.slug}/publications/{publication.uid}/retry/")
        after = now_as(publication)
        assert (after.state, after.error_sentence) == ("scheduled", "")

    def test_delete_removes_a_draft_and_nothing_else(self, cast: Cast, norre: Connection) -> None:
        draft = make_post(cast.alice, cast.workspace, norre)
        sent = make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        put_into(sent, "published")
        client = browser(cast.alice)
        assert client.post(f"{address(cast, draft)}delete/")["Location"] == f"/w/{cast.workspace.slug}/posts/"
        page = client.post(f"{address(cast, sent)}delete/", follow=True)
        assert "Only drafts can be deleted." in text_of(page)
        with tenancy.system("test"):
            assert list(Post.objects.filter(workspace=cast.workspace)) == [sent]

    def test_none_of_them_answers_to_a_link(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        for button in ("publish/", "cancel/", "delete/"):
            assert browser(cast.alice).get(address(cast, post) + button).status_code == 405

    def test_a_stranger_cannot_press_them(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        assert browser(cast.charlie).post(f"{address(cast, post)}publish/").status_code == 404

    def test_nobody_presses_them_through_a_workspace_of_their_own(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        own = f"/w/{cast.elsewhere.slug}/posts/{post.uid}/publish/"
        assert browser(cast.charlie).post(own).status_code == 404

    def test_a_viewer_sees_none_and_is_refused(self, cast: Cast, norre: Connection) -> None:
        vera = make_user("Vera")
        add_member(cast.workspace, vera, Role.VIEWER)
        post = make_post(cast.alice, cast.workspace, norre)
        html = text_of(browser(vera).get(address(cast, post)))
        assert "Publish now" not in html
        assert "/edit/" not in html
        page = browser(vera).post(f"{address(cast, post)}publish/", follow=True)
        assert "Your role here is viewer" in text_of(page)
        with tenancy.system("test"):
            assert Publication.objects.get(post=post).state == "draft"


class LateTests:
    def test_what_should_have_gone_out_says_so_and_why_it_waits(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        put_into(post, "scheduled", due_at=timezone.now() - timedelta(minutes=5))
        page = text_of(browser(cast.alice).get(f"/w/{cast.workspace.slug}/posts/{post.uid}/"))
        assert "It should have gone out" in page
        assert "the account sends one post at a time" in page

    def test_a_look_that_takes_long_says_how_often_was_looked(self, cast: Cast, norre: Connection) -> None:
        post = make_post(cast.alice, cast.workspace, norre)
        put_into(post, "unknown", claimed_at=timezone.now() - timedelta(minutes=20), checks=4)
        page = text_of(browser(cast.alice).get(f"/w/{cast.workspace.slug}/posts/{post.uid}/"))
        assert "We have looked 4 times and keep looking" in page
