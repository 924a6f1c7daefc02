"""Every page and every operation of the API, with another workspace's ids, as everybody: 404 and nothing else.

The addresses come from the routes, so a new one is walked without anybody thinking of it; one with a parameter that is not
known yet fails here until somebody says what it names.
"""

import inspect
import io
import re
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from multivio import tenancy
from multivio.tests.walking import MARK, House, Route, ask, furnish, kind_of, routes, said, snapshot
from posts.tests.callers import caller
from posts.tests.factories import add_member, make_connection, make_post, make_user, make_workspace

IDS = ("uid", "note", "grant")
METHODS = ("get", "post", "put", "patch", "delete")
# Addresses that name nobody's workspace: what they show is of whoever asks, or of nobody. Walked below all the same.
OF_NOBODY = {
    "front", "new_workspace", "profile", "set_picture", "export_my_data", "delete_account", "picture", "invitation",
    "x_callback", "x-oauth1_callback", "facebook_callback", "meta_deauthorize", "meta_data_deletion",
    "meta_deletion_status", "file", "stream", "instagram_callback", "instagram-facebook_callback", "linkedin_callback",
    "threads_callback", "tiktok_callback", "youtube_callback", "pricing", "stripe_webhook",
    "stripe_thin_webhook",
}  # fmt: skip

# What the API says to anybody, since it is about no workspace: its document, what platforms accept, and a way to sign in.
OPEN_TO_ALL = {"schema", "platforms", "capabilities", "firebase"}
# About a person's whole account: keys are refused there before anything is looked up.
NOT_FOR_KEYS = {"device"}


@pytest.fixture(autouse=True)
def no_limits(settings: Any) -> None:
    """A walk is quicker than any rate allows."""
    settings.RATE_LIMITS = {"api": (1_000_000, 60), "refused": (1_000_000, 60)}


def page_routes() -> list[Route]:
    return [route for route in routes() if not route.is_api and "slug" in route.parameters]


def api_routes() -> list[Route]:
    return [route for route in routes() if route.is_api]


def with_ids(found: list[Route]) -> list[Route]:
    return [route for route in found if set(route.parameters) - {"slug", "provider", "platform", "form"}]


@pytest.fixture
def theirs(db: None) -> House:
    """The workspace that nobody else may see anything of."""
    return furnish("theirs")


class Person:
    """Somebody who is not in that workspace."""

    def __init__(self, user: User, role: Role, client: Client, slug: str) -> None:
        self.user, self.role, self.client, self.slug = user, role, client, slug

    @property
    def is_first(self) -> bool:
        return self.role == Role.OWNER


def people() -> list[Person]:
    """A stranger for each role, each in a workspace of their own with things in it."""
    found = []
    for role in Role:
        owner = make_user("Owner")
        home = make_workspace(owner, "Home")
        user = make_user(role.label)
        add_member(home, user, role)
        make_post(owner, home, make_connection(home))
        client = Client()
        client.force_login(user)
        found.append(Person(user, role, client, home.slug))
    return found


class RouteTests:
    def test_every_route_is_known_to_the_walk(self, theirs: House) -> None:
        for route in [*page_routes(), *api_routes()]:
            theirs.values_for(route)

    def test_what_names_no_workspace_is_listed_by_hand(self) -> None:
        others = {route.name for route in routes() if not route.is_api and "slug" not in route.parameters}
        assert others == OF_NOBODY

    def test_the_walk_is_long(self) -> None:
        assert len(page_routes()) > 35
        assert len(api_routes()) > 35


def methods_of(person: Person) -> tuple[str, ...]:
    """All of them as one person; for the other roles those that browsers and programs send."""
    return METHODS if person.is_first else ("get", "post")


class PageTests:
    def test_to_members_of_other_workspaces_it_is_not_there(self, theirs: House) -> None:
        before = snapshot(theirs.workspace)
        for person in people():
            for route in page_routes():
                address = route.at(theirs.values_for(route))
                for method in methods_of(person):
                    answer = ask(person.client, method, address)
                    assert answer.status_code in {404, 405}, (method, address, answer.status_code)
                    assert MARK not in said(answer)
                    if person.is_first:
                        missing = re.sub(theirs.workspace.slug, "no-such-workspace", address)
                        _assert_alike(answer, ask(person.client, method, missing), address)
        assert snapshot(theirs.workspace) == before

    def test_under_ones_own_address_others_things_are_not_there(self, theirs: House) -> None:
        before = snapshot(theirs.workspace)
        sent = {"seen": "there", "role": "owner", "text": "x", "keep": theirs.things["connection"]}
        for person in people():
            for route in with_ids(page_routes()):
                values = {**theirs.values_for(route), "slug": person.slug}
                address, nowhere = route.at(values), route.at({**values, **dict.fromkeys(IDS, str(uuid4()))})
                for method in ("get", "post"):
                    answer = ask(person.client, method, address, sent)
                    # A role that may not edit is told so before anything is looked up: there, too, nothing is learned.
                    assert answer.status_code in {403, 404, 405}, (method, address, answer.status_code)
                    assert answer.status_code != 403 or person.role == Role.VIEWER, (method, address)
                    assert MARK not in said(answer)
                    if answer.status_code == 403 or person.is_first:
                        _assert_alike(answer, ask(person.client, method, nowhere, sent), address)
        assert snapshot(theirs.workspace) == before

    def test_who_is_not_signed_in_learns_nothing(self, theirs: House) -> None:
        before = snapshot(theirs.workspace)
        for route in page_routes():
            address = route.at(theirs.values_for(route))
            missing = re.sub(theirs.workspace.slug, "no-such-workspace", address)
            for method in METHODS:
                answer, other = ask(Client(), method, address), ask(Client(), method, missing)
                assert answer.status_code in {302, 401, 405}, (method, address, answer.status_code)
                assert answer.status_code == other.status_code, (method, address)
                assert MARK not in said(answer)
        assert snapshot(theirs.workspace) == before


def _assert_alike(answer: Any, other: Any, address: str) -> None:
    """Exactly what is answered about what does not exist: no hint in status, words, length or headers."""
    assert answer.status_code == other.status_code, address
    assert _without_ids(said(answer)) == _without_ids(said(other)), address


def _without_ids(text: str) -> str:
    """Without what is another one in each answer, and the address itself."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|content="\w{64}"', "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)
    text = re.sub(r'"Expires": "[^"]+"', "", text)  # a second may pass between two answers
    return re.sub(r"/w/[\w-]+/", "/w/-/", text)


def bodies(house: House) -> dict[str, Any]:
    """What to send, by the last word of an address; everything names the other workspace's things."""
    post = {"text": "x", "connections": [house.things["connection"]], "media": [house.things["media"]]}
    return {
        "decide": {"there": True},
        "decision": {"decision": "publish"},
        "notes": {"text": "x"},
        "changes": {"comment": "x"},
        "member": {"role": "owner"},
        "post": post,
    }


def body_for(route: Route, house: House) -> Any:
    last = route.pattern.rpartition("/")[2]
    known = bodies(house)
    if last in known:
        return known[last]
    return known.get(kind_of(route)) if last.startswith("<") and kind_of(route) in known else {}


class ApiTests:
    def test_with_a_key_of_any_role_others_things_are_not_there(self, theirs: House) -> None:
        before = snapshot(theirs.workspace)
        for person in people():
            api = caller(person.user, _workspace(person))
            for route in with_ids(api_routes()):
                address = route.at(theirs.values_for(route))
                for method in methods_of(person):
                    answer = ask(api, method, address, None if method == "get" else body_for(route, theirs))
                    expected = {403, 405} if route.name in NOT_FOR_KEYS else {404, 405}
                    assert answer.status_code in expected, (method, address, answer.status_code, answer.content)
                    assert MARK not in said(answer)
        assert snapshot(theirs.workspace) == before

    def test_a_session_reaches_no_workspace_but_its_own(self, theirs: House) -> None:
        """Naming another workspace in the header is answered as one that does not exist."""
        before = snapshot(theirs.workspace)
        person = people()[0]
        for route in api_routes():
            if route.name not in OPEN_TO_ALL:
                address = route.at(theirs.values_for(route))
                for slug in (theirs.workspace.slug, "no-such-workspace"):
                    answer = ask(person.client, "get", address, headers={"multivio-workspace": slug})
                    assert answer.status_code in {403, 405}, (address, slug, answer.status_code)
                    if answer.status_code == 403:
                        assert answer.json()["code"] == "permission_denied"
                    assert MARK not in said(answer)
        assert snapshot(theirs.workspace) == before

    def test_lists_show_ones_own_alone(self, theirs: House) -> None:
        for person in people():
            api = caller(person.user, _workspace(person))
            for route in api_routes():
                if route.parameters or route.name == "schema":
                    continue
                assert MARK not in said(ask(api, "get", route.at({}))), route.pattern

    def test_bodies_cannot_name_others_things(self, theirs: House) -> None:
        owner = people()[0]
        api = caller(owner.user, _workspace(owner))
        for sent in (
            {"text": "x", "connections": [theirs.things["connection"]]},
            {"text": "x", "media": [theirs.things["media"]]},
            {"text": "x", "connections": [theirs.things["connection"]], "publish_now": True},
        ):
            for address in ("/api/v1/posts", "/api/v1/posts/validate"):
                answer = api.post(address, sent)
                assert answer.status_code in {200, 422}, answer.content
                if address.endswith("validate"):
                    assert answer.json()["ok"] is False
                assert MARK not in said(answer)
        missed = api.post(
            "/api/v1/publishing/missed", {"decision": "publish", "publications": [theirs.things["publication"]]}
        )
        assert missed.status_code == 409

    def test_without_a_key_everything_is_answered_with_401(self, theirs: House) -> None:
        for route in api_routes():
            if route.name in OPEN_TO_ALL:
                continue
            address = route.at(theirs.values_for(route))
            for method in METHODS:
                answer = ask(Client(), method, address)
                assert answer.status_code == 401, (method, address, answer.status_code)
                assert MARK not in said(answer)


def _workspace(person: Person) -> Any:
    with tenancy.system("test"):
        from accounts.models import Workspace  # noqa: PLC0415

        return Workspace.objects.get(slug=person.slug)


def unpacked(answer: Any) -> str:
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        return "".join(file.read(name).decode() for name in file.namelist())


class BesidesTests:
    """What carries ids past requests: tasks, cache, and the addresses of files."""

    def test_a_task_sees_what_its_caller_could_see(self, theirs: House) -> None:
        from celery import shared_task  # noqa: PLC0415

        from posts.models import Post  # noqa: PLC0415

        @shared_task
        def peek(pk: int) -> int:
            return Post.objects.filter(pk=pk).count()

        stranger = people()[0]
        for workspace in (_workspace(stranger).pk, theirs.workspace.pk):  # a forged header names theirs
            peek.push_request(  # type: ignore[call-arg]
                headers={tenancy.HEADER: [stranger.user.pk, workspace]}
            )
            try:
                assert peek(theirs.post.pk) == 0
            finally:
                peek.pop_request()
        peek.push_request(  # type: ignore[call-arg]
            headers={tenancy.HEADER: [theirs.owner.pk, theirs.workspace.pk]}
        )
        try:
            assert peek(theirs.post.pk) == 1
        finally:
            peek.pop_request()

    def test_no_task_takes_anything_but_ids_and_words_of_our_own(self) -> None:
        """A task's arguments lie in Redis: no secret, no text of a post, and no workspace to choose."""
        from multivio.celery import app  # noqa: PLC0415

        allowed = {
            "accounts.tasks.send_invitation": {"invitation", "workspace"},
            "posts.tasks.stage_one": {"publication"},
            "posts.tasks.delete_one": {"deletion"},
            "posts.tasks.read_numbers_of": {"connection"},
            "posts.tasks.draw": {"drawing"},
            "billing.tasks.work_on_event": {"event"},
            "billing.tasks.refresh": {"workspace"},  # from the support desk; it only asks Stripe
            "billing.tasks.end_subscription": {"stripe_id"},
        }
        for name, task in app.tasks.items():
            if name.startswith("celery.") or ".tests." in name:
                continue
            arguments = set(inspect.signature(task.run).parameters)
            assert arguments == allowed.get(name, set()), name

    def test_what_is_cached_for_one_is_not_found_by_another(self, theirs: House) -> None:
        """Two people send the same form, word for word: each gets a post of their own, in their own workspace."""
        from posts.models import Post  # noqa: PLC0415

        sent = {"part": "1", "text-1": "The same words", "action": "draft", "token": "0" * 32}
        stranger = people()[0]
        owner = Client()
        owner.force_login(theirs.owner)
        assert owner.post(f"/w/{theirs.workspace.slug}/compose/", sent).status_code == 302
        answer = stranger.client.post(f"/w/{stranger.slug}/compose/", sent)
        assert theirs.workspace.slug not in answer.headers["Location"]
        with tenancy.system("test"):
            assert Post.objects.filter(text="The same words").count() == 2

    def test_the_address_of_a_file_works_for_nothing_else_and_for_nobody_who_makes_one_up(self, theirs: House) -> None:
        from posts.media.addresses import media_url  # noqa: PLC0415
        from posts.models import Media  # noqa: PLC0415

        with tenancy.system("test"):
            media = Media.objects.get(uid=theirs.things["media"])
        _, _, seal, name = media_url(media).split("/", 3)
        for address in (f"/media/{seal}/another.png", f"/media/{seal}x/{name}", f"/media/{'0' * len(seal)}/{name}"):
            assert Client().get(address).status_code == 404, address

    def test_files_of_ones_own_data_hold_nothing_of_others(self, theirs: House) -> None:
        """Unpacked, as the walk does not see into a ZIP."""
        owner = people()[0]
        inside = Client()
        inside.force_login(theirs.owner)
        for address, of_theirs in (
            (f"/w/{owner.slug}/settings/export/", f"/w/{theirs.workspace.slug}/settings/export/"),
            ("/profile/export/", "/profile/export/"),
        ):
            assert MARK not in unpacked(owner.client.post(address))
            assert MARK in unpacked(inside.post(of_theirs))  # it would be seen

    def test_a_picture_is_for_who_shares_a_workspace(self, theirs: House) -> None:
        from accounts.models import Avatar  # noqa: PLC0415

        avatar = Avatar.objects.create(user=theirs.owner, picture=b"x")
        for person in people():
            assert person.client.get(f"/people/{avatar.uid}/picture").status_code == 404

    def test_nothing_of_a_workspace_lies_in_the_cache_under_a_name_without_it(self, theirs: House) -> None:
        cache.clear()
        owner = Client()
        owner.force_login(theirs.owner)
        for path in ("/", "/posts/", "/connections/", "/settings/", "/settings/members/", "/publishing/"):
            owner.get(f"/w/{theirs.workspace.slug}{path}")
        import redis  # noqa: PLC0415
        from django.conf import settings  # noqa: PLC0415

        with redis.Redis.from_url(settings.REDIS_URL) as client:
            names = [name.decode() for name in client.keys("*")]
        of_its_own = re.compile(r"mv:1:(django\.contrib\.sessions|composed:)|celery|_kombu|unacked|multivio|heartbeat")
        found = [name for name in names if not of_its_own.search(name) and str(theirs.workspace.uid) not in name]
        assert found == []
