"""Who may do what over the API: nobody without a key, roles inside a workspace, and nothing of another workspace."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.roles import Role
from accounts.services import create_api_key
from multivio import tenancy
from posts.models import Post
from posts.tests import outcomes
from posts.tests.callers import caller
from posts.tests.factories import NOW, Cast, acting, add_member, make_connection, make_post, make_user

POSTS = "/api/v1/posts"
PUBLICATIONS = "/api/v1/publications"


def doors(post: Post, publication: str) -> list[tuple[str, str]]:
    """Every door, as (method, address)."""
    one, two = f"{POSTS}/{post.uid}", f"{PUBLICATIONS}/{publication}"
    return [
        ("get", POSTS),
        ("post", POSTS),
        ("post", f"{POSTS}/validate"),
        *((method, one) for method in ("get", "put", "patch", "delete")),
        ("post", f"{one}/publish"),
        ("post", f"{one}/cancel"),
        ("get", PUBLICATIONS),
        ("get", two),
        *(("post", f"{two}/{action}") for action in ("retry", "cancel", "decide")),
    ]


@pytest.fixture
def queued(cast: Cast) -> Post:
    return make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())


class NobodyTests:
    def test_every_door_asks_who_you_are(self, cast: Cast, queued: Post) -> None:
        for method, address in doors(queued, str(outcomes.publication_of(queued).uid)):
            answer = getattr(APIClient(), method)(address, {"text": "Hi"})
            assert answer.status_code == 401, (method, address)
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
            assert answer.json()["code"] == "not_authenticated"

    @pytest.mark.parametrize("header", ["Bearer mv_wrong", "Bearer ", "Bearer x", "bearer mv_", "Bearer mv_\x00"])
    def test_a_wrong_key_is_nobody(self, cast: Cast, header: str) -> None:
        answer = APIClient().get(POSTS, HTTP_AUTHORIZATION=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")

    def test_a_key_in_the_address_is_nobody(self, cast: Cast) -> None:
        with acting(cast.alice, cast.workspace) as actor:
            _row, key = create_api_key(actor=actor, name="test")
        assert APIClient().get(f"{POSTS}?key={key}").status_code == 401


class StrangerTests:
    def test_another_workspaces_ids_do_not_exist(self, cast: Cast, queued: Post) -> None:
        stranger = caller(cast.charlie, cast.elsewhere)
        before = outcomes.publication_of(queued)
        sent = {"get": None, "decide": {"there": True}, "put": {"text": "Mine"}, "patch": {"text": "Mine"}}
        for method, address in doors(queued, str(before.uid)):
            if str(queued.uid) in address or str(before.uid) in address:
                body: Any = sent.get(address.rpartition("/")[2], sent.get(method, {}))
                answer = getattr(stranger, method)(address, body)
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, address)
        after = outcomes.publication_of(queued)
        assert (after.state, after.cancel_requested) == (before.state, False)

    def test_lists_show_ones_own_workspace_only(self, cast: Cast, queued: Post) -> None:
        stranger = caller(cast.charlie, cast.elsewhere)
        assert stranger.get(POSTS).json()["results"] == []
        assert stranger.get(PUBLICATIONS).json()["results"] == []
        connection = outcomes.publication_of(queued)
        with tenancy.system("test"):
            uid = str(connection.connection.uid)
        assert stranger.get(POSTS, {"connection": uid}).json()["results"] == []

    def test_a_key_opens_one_workspace_of_a_member_of_two(self, cast: Cast, queued: Post) -> None:
        add_member(cast.elsewhere, cast.alice)
        there = caller(cast.alice, cast.elsewhere)
        assert there.get(f"{POSTS}/{queued.uid}").status_code == 404
        header: Any = {"HTTP_MULTIVIO_WORKSPACE": cast.workspace.slug}
        assert there.get(f"{POSTS}/{queued.uid}", **header).status_code == 404

    def test_a_member_who_left_is_let_in_no_more(self, cast: Cast) -> None:
        bob = caller(cast.bob, cast.workspace)
        assert bob.get(POSTS).status_code == 200
        with tenancy.system("test"):
            cast.workspace.members.filter(user=cast.bob).delete()
        assert bob.get(POSTS).status_code == 401


class RoleTests:
    def member(self, cast: Cast, role: Role) -> APIClient:
        user = make_user(role.label)
        add_member(cast.workspace, user, role)
        return caller(user, cast.workspace)

    def test_a_viewer_reads_everything_and_changes_nothing(self, cast: Cast, queued: Post) -> None:
        viewer = self.member(cast, Role.VIEWER)
        publication = outcomes.publication_of(queued)
        bodies = {"decide": {"there": True}, "validate": {"text": "Hi"}}
        for method, address in doors(queued, str(publication.uid)):
            last = address.rpartition("/")[2]
            body = bodies.get(last, {"text": "Hi"} if last in {"posts", str(queued.uid)} else {})
            answer = getattr(viewer, method)(address, None if method == "get" else body)
            allowed = method == "get" or last == "validate"
            assert answer.status_code == (200 if allowed else 403), (method, address, answer.content)
            if not allowed:
                assert answer.json()["code"] == "forbidden"
                assert "viewer" in answer.json()["detail"]
        assert outcomes.publication_of(queued).state == "scheduled"

    def test_a_contributor_writes_drafts_only(self, cast: Cast) -> None:
        contributor = self.member(cast, Role.CONTRIBUTOR)
        connection = str(make_connection(cast.workspace).uid)
        draft = contributor.post(POSTS, {"text": "Hi", "connections": [connection]})
        assert draft.status_code == 201
        address = f"{POSTS}/{draft.json()['id']}"
        assert contributor.patch(address, {"text": "Ho"}).status_code == 200
        for plan in ({"publish_now": True}, {"publish_at": "2030-01-01T00:00:00Z"}):
            assert contributor.post(POSTS, {"text": "Hi", "connections": [connection], **plan}).status_code == 403
            assert contributor.patch(address, plan).status_code == 403
            assert contributor.put(address, {"text": "Hi", "connections": [connection], **plan}).status_code == 403
        assert contributor.post(f"{address}/publish").status_code == 403
        assert contributor.get(address).json()["state"] == "draft"
        assert contributor.delete(address).status_code == 204

    def test_a_contributor_cannot_take_a_scheduled_post_back(self, cast: Cast, queued: Post) -> None:
        contributor = self.member(cast, Role.CONTRIBUTOR)
        address = f"{POSTS}/{queued.uid}"
        assert contributor.patch(address, {"text": "Mine"}).status_code == 403
        assert contributor.put(address, {"text": "Mine"}).status_code == 403
        assert contributor.patch(address, {"publish_at": None}).status_code == 403
        assert outcomes.publication_of(queued).state == "scheduled"

    def test_an_editor_publishes(self, cast: Cast) -> None:
        connection = str(make_connection(cast.workspace).uid)
        sent = {"text": "Hi", "connections": [connection], "publish_now": True}
        assert caller(cast.bob, cast.workspace).post(POSTS, sent).status_code == 201

    def test_the_role_of_the_moment_counts_not_that_of_the_key(self, cast: Cast) -> None:
        bob = caller(cast.bob, cast.workspace)
        with tenancy.system("test"):
            cast.workspace.members.filter(user=cast.bob).update(role=Role.VIEWER)
        assert bob.post(POSTS, {"text": "Hi"}).status_code == 403


class SessionTests:
    def test_the_signed_in_page_may_call_it_with_its_csrf_token(self, cast: Cast) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(cast.alice)
        assert browser.get(POSTS).status_code == 200
        refused = browser.post(POSTS, {"text": "Hi"}, content_type="application/json")
        assert refused.status_code == 403
        page = browser.get(POSTS, headers={"accept": "text/html"})
        assert page.status_code == 200
        token = browser.cookies["csrftoken"].value
        answer = browser.post(POSTS, {"text": "Hi"}, content_type="application/json", headers={"x-csrftoken": token})
        assert answer.status_code == 201

    def test_the_header_names_the_workspace(self, cast: Cast) -> None:
        add_member(cast.elsewhere, cast.alice)
        make_post(cast.charlie, cast.elsewhere, text="There")
        browser = Client()
        browser.force_login(cast.alice)
        here = browser.get(POSTS, headers={"multivio-workspace": cast.workspace.slug}).json()
        there = browser.get(POSTS, headers={"multivio-workspace": cast.elsewhere.slug}).json()
        assert (len(here["results"]), len(there["results"])) == (0, 1)

    def test_a_workspace_one_is_not_in_is_refused(self, cast: Cast) -> None:
        browser = Client()
        browser.force_login(cast.alice)
        answer = browser.get(POSTS, headers={"multivio-workspace": cast.elsewhere.slug})
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_the_last_use_of_a_key_is_noted(cast: Cast, api: APIClient) -> None:
    assert api.get(POSTS).status_code == 200
    with acting(cast.alice, cast.workspace):
        assert ApiKey.objects.get().last_used_at is not None
