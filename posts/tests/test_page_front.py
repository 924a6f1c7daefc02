"""The front door: where somebody who comes to the bare address ends up."""

from django.test import Client

from accounts.models import Workspace
from multivio import tenancy
from posts.tests.factories import Cast, make_user
from posts.tests.pages import browser, text_of


class TestTheFrontDoor:
    def test_it_sends_the_signed_out_to_sign_in(self, db: None) -> None:
        response = Client().get("/")
        assert response.status_code == 302
        assert response["Location"] == "/accounts/login/?next=/"

    def test_it_opens_the_only_workspace(self, cast: Cast) -> None:
        assert browser(cast.alice).get("/")["Location"] == f"/w/{cast.workspace.slug}/"

    def test_it_comes_back_to_the_workspace_used_last(self, cast: Cast) -> None:
        client = browser(cast.charlie)
        client.post("/workspaces/new/", {"name": "Aaa, first by name", "zone": "Europe/Oslo"})
        client.get(f"/w/{cast.elsewhere.slug}/")
        assert client.get("/")["Location"] == f"/w/{cast.elsewhere.slug}/"

    def test_it_offers_a_workspace_to_somebody_without_one(self, db: None) -> None:
        page = browser(make_user("Dora")).get("/")
        assert page.status_code == 200
        assert "Make a workspace" in text_of(page)

    def test_making_a_workspace_leads_into_it(self, db: None) -> None:
        dora = make_user("Dora")
        response = browser(dora).post("/workspaces/new/", {"name": "Dora’s", "zone": "Asia/Tokyo"}, follow=True)
        assert response.status_code == 200
        with tenancy.tenant(user_id=dora.pk):
            made = Workspace.objects.get()
        assert (made.name, made.zone) == ("Dora’s", "Asia/Tokyo")
        assert response.request["PATH_INFO"] == f"/w/{made.slug}/"

    def test_a_workspace_needs_a_name(self, db: None) -> None:
        response = browser(make_user("Dora")).post("/workspaces/new/", {"name": "  "})
        assert response.status_code == 422
        assert "Give it a name." in text_of(response)


class TestStrangers:
    def test_get_a_404_on_every_page(self, cast: Cast) -> None:
        client = browser(cast.charlie)
        for page in ("", "posts/", "compose/", "connections/"):
            assert client.get(f"/w/{cast.workspace.slug}/{page}").status_code == 404, page

    def test_get_the_same_404_as_for_what_does_not_exist(self, cast: Cast) -> None:
        client = browser(cast.charlie)
        there, nowhere = client.get(f"/w/{cast.workspace.slug}/"), client.get("/w/no-such-place/")
        assert there.status_code == nowhere.status_code == 404
        assert there.content == nowhere.content
