"""Support's view of posts and publications: all of them, readable, and changed by services alone."""

import re
from typing import Any

import pytest
import structlog
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from multivio import tenancy
from posts.models import Attempt, Post, Publication
from posts.tests import outcomes
from posts.tests.factories import NOW, Cast, make_cast, make_connection, make_media, make_post

LIST = "/admin/posts/publication/"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("support@example.org", name="Sanne"))
    return client


@pytest.fixture
def failed(cast: Cast) -> Publication:
    connection = make_connection(cast.workspace, access_token="very-secret-token")
    post = make_post(cast.alice, cast.workspace, connection, text="Alma ships", plan=NOW())
    return outcomes.refused(post)


def act(desk: Client, action: str, *publications: Publication) -> str:
    sent = {"action": action, "_selected_action": [publication.pk for publication in publications]}
    return desk.post(LIST, sent, follow=True).content.decode()


def current(publication: Publication) -> Publication:
    with tenancy.system("test"):
        return Publication.objects.get(pk=publication.pk)


class OpenTests:
    def test_every_list_and_page_opens_for_staff(self, desk: Client, cast: Cast, failed: Publication) -> None:
        media = make_media(cast.workspace)
        ids = {
            "post": failed.post_id,
            "publication": failed.pk,
            "media": media.pk,
            "lane": failed.connection_id,
        }
        assert desk.get("/admin/posts/platformgate/").status_code == 200
        for page, pk in ids.items():
            assert desk.get(f"/admin/posts/{page}/").status_code == 200, page
            answer = desk.get(f"/admin/posts/{page}/{pk}/change/")
            assert answer.status_code == 200, page
            assert "very-secret-token" not in answer.content.decode()

    def test_a_post_shows_its_publications_and_they_their_attempts(self, desk: Client, failed: Publication) -> None:
        assert "X does not allow this post." in desk.get(f"/admin/posts/post/{failed.post_id}/change/").content.decode()
        html = desk.get(f"{LIST}{failed.pk}/change/").content.decode()
        assert "commit:1" in html
        assert "raw answer" in html

    @pytest.mark.parametrize("term", ["Alma", "{uid}", "{slug}", "{email}"])
    def test_posts_are_found_by_what_people_know(
        self, desk: Client, cast: Cast, failed: Publication, term: str
    ) -> None:
        make_post(cast.charlie, cast.elsewhere, text="Other")
        with tenancy.system("test"):
            uid = Post.objects.get(pk=failed.post_id).uid
        term = term.format(uid=uid, slug=cast.workspace.slug, email=cast.alice.email)
        html = desk.get("/admin/posts/post/", {"q": term}).content.decode()
        assert "Alma ships" in html
        assert "Other" not in html

    def test_publications_are_filtered_by_state(self, desk: Client, failed: Publication) -> None:
        assert "Alma ships" in desk.get(f"{LIST}?state__exact=failed").content.decode()
        assert "Alma ships" not in desk.get(f"{LIST}?state__exact=published").content.decode()

    @pytest.mark.parametrize("page", ["post", "publication", "media", "lane", "platformgate"])
    def test_nobody_else_gets_in(self, cast: Cast, page: str) -> None:
        member = Client()
        member.force_login(cast.alice)
        for client in (Client(), member):
            assert client.get(f"/admin/posts/{page}/").status_code == 302

    def test_lists_cost_the_same_however_long_they_are(
        self, desk: Client, cast: Cast, failed: Publication, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(12):
            make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        for page in ("post", "publication", "lane"):
            with django_assert_max_num_queries(24):
                desk.get(f"/admin/posts/{page}/")


class ReadOnlyTests:
    @pytest.mark.parametrize("page", ["post", "publication", "media", "lane", "platformgate"])
    def test_nothing_is_added_by_hand(self, desk: Client, page: str) -> None:
        assert desk.get(f"/admin/posts/{page}/add/").status_code == 403

    def test_no_page_of_posts_has_a_field_to_change(self, desk: Client, failed: Publication) -> None:
        for page, pk in (("post", failed.post_id), ("publication", failed.pk), ("lane", failed.connection_id)):
            html = desk.get(f"/admin/posts/{page}/{pk}/change/").content.decode()
            form = html[html.index('id="content"') :]
            assert re.findall(r"<(?:input(?! type=.hidden)|select|textarea)[^>]*name=", form) == [], page

    def test_a_state_cannot_be_posted(self, desk: Client, failed: Publication) -> None:
        sent = {"state": "published", "attempts-TOTAL_FORMS": 0, "attempts-INITIAL_FORMS": 0}
        assert desk.post(f"{LIST}{failed.pk}/change/", sent).status_code == 403
        assert desk.post(f"{LIST}{failed.pk}/delete/", {"post": "yes"}).status_code == 403
        assert current(failed).state == "failed"

    def test_history_cannot_be_deleted_in_bulk(self, desk: Client, failed: Publication) -> None:
        act(desk, "delete_selected", failed)
        assert current(failed).state == "failed"
        with tenancy.system("test"):
            assert Attempt.objects.count() == 1

    def test_no_list_of_ours_can_be_edited_in_place(self) -> None:
        for model, page in admin.site._registry.items():
            if model._meta.app_label in {"accounts", "posts", "social"}:
                assert page.list_editable == (), model


class ActionTests:
    def test_a_failed_one_is_retried_by_the_service(self, desk: Client, failed: Publication) -> None:
        assert "sent back to the queue" in act(desk, "retry", failed)
        assert (current(failed).state, current(failed).priority) == ("scheduled", Publication.NOW)
        assert "support@example.org" in LogEntry.objects.get().user.email

    def test_a_waiting_one_is_cancelled_by_the_service(self, desk: Client, cast: Cast) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        publication = outcomes.publication_of(post)
        assert "cancelled" in act(desk, "cancel", publication)
        assert current(publication).state == "cancelled"

    @pytest.mark.parametrize("reach", [outcomes.public, outcomes.sending, outcomes.unknown, outcomes.needing_a_person])
    def test_what_may_be_public_is_not_sent_again(self, desk: Client, cast: Cast, reach: Any) -> None:
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
        publication = reach(post)
        assert "nothing to retry" in act(desk, "retry", publication)
        assert current(publication).state == publication.state
        assert not LogEntry.objects.exists()

    def test_one_that_is_refused_does_not_keep_back_the_others(
        self, desk: Client, cast: Cast, failed: Publication
    ) -> None:
        done = outcomes.public(make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW()))
        html = act(desk, "retry", done, failed)
        assert "nothing to retry" in html
        assert "sent back to the queue" in html
        assert current(failed).state == "scheduled"

    def test_every_action_is_logged_with_who_and_what(self, desk: Client, failed: Publication) -> None:
        with structlog.testing.capture_logs() as logged:
            act(desk, "retry", failed)
        (entry,) = [line for line in logged if line["event"] == "support acted"]
        staff = User.objects.get(email="support@example.org")
        assert (entry["row"], entry["staff"], entry["refusal"]) == (failed.pk, staff.pk, "")
        assert any(line["event"] == "support enters a workspace" for line in logged)

    def test_those_who_only_read_cannot_act(self, cast: Cast, failed: Publication) -> None:
        from django.contrib.auth.models import Permission  # noqa: PLC0415

        reader = User.objects.create_user("reader@example.org", is_staff=True)
        reader.user_permissions.set(Permission.objects.filter(codename="view_publication"))
        client = Client()
        client.force_login(reader)
        assert client.get(LIST).status_code == 200
        act(client, "retry", failed)
        assert current(failed).state == "failed"


class FrontPageTests:
    def test_it_says_what_needs_a_person_and_links_there(self, desk: Client, failed: Publication) -> None:
        html = desk.get("/admin/").content.decode()
        assert f'href="{LIST}?state__exact=failed">Failed: 1' in html

    def test_it_says_when_nothing_does(self, desk: Client) -> None:
        assert "Nothing waits for a person." in desk.get("/admin/").content.decode()

    def test_it_names_platforms_that_are_closed(self, desk: Client, owner_sql: Any) -> None:
        with tenancy.system("test"):
            from posts.models import PlatformGate  # noqa: PLC0415

            PlatformGate.objects.create(platform="x", closed_until="2099-01-01T00:00:00Z", reason="Credits used up.")
        assert "Credits used up." in desk.get("/admin/").content.decode()
