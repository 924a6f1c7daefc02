"""What single accounts get of their own: other words, fewer parts, options of the platform."""

import re
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from multivio import tenancy
from posts import services
from posts.content import Content, Own, PartContent, variant_of
from posts.models import Post, Publication
from posts.services import Draft, Now
from posts.states import State
from posts.tests.callers import fields_and_codes
from posts.tests.conftest import Driven, connect, publication_of
from posts.tests.factories import Cast, acting, make_connection
from posts.tests.pages import browser, text_of
from sandbox.testing import Running
from social.contract import MediaKind, VariantMedia
from social.models import Connection

POSTS = "/api/v1/posts"


def a_picture(name: str) -> VariantMedia:
    return VariantMedia(
        uid=name, kind=MediaKind.IMAGE, mime="image/png", size=1, width=1, height=1, sha256=name, alt_text=""
    )


class VariantTests:
    def test_without_own_words_it_is_the_post(self) -> None:
        variant = variant_of(["one", "two"], {0: [a_picture("a")], 1: [a_picture("b")]})
        assert [(part.text, [m.uid for m in part.media]) for part in variant.parts] == [("one", ["a"]), ("two", ["b"])]

    def test_fewer_parts_carry_all_pictures_once(self) -> None:
        media = {0: [a_picture("a")], 1: [a_picture("b"), a_picture("a")], 2: [a_picture("c")]}
        variant = variant_of(["one", "two", "three"], media, ["all in one"])
        assert [(part.text, [m.uid for m in part.media]) for part in variant.parts] == [("all in one", ["a", "b", "c"])]

    def test_more_parts_than_the_post_has(self) -> None:
        variant = variant_of(["one"], {0: [a_picture("a")]}, ["one", "and two"])
        assert [(part.text, len(part.media)) for part in variant.parts] == [("one", 1), ("and two", 0)]


@pytest.mark.real_commits
class PublishingTests:
    def test_each_account_gets_its_own_words(self, sandbox: Running, cast: Cast, driven: Driven) -> None:
        plain, special = connect(sandbox, cast.workspace), connect(sandbox, cast.workspace, "alma_lamps")
        content = Content(
            (PartContent("For everybody"), PartContent("and more")),
            (plain.uid, special.uid),
            {special.uid: Own(texts=("Only for Alma",))},
        )
        with acting(cast.alice, cast.workspace) as actor:
            post = services.create_post(actor=actor, content=content, plan=Now())
        driven.run()
        assert [p["text"] for p in sandbox.control.posts(username="norrestudio")] == ["For everybody", "and more"]
        assert [p["text"] for p in sandbox.control.posts(username="alma_lamps")] == ["Only for Alma"]
        with tenancy.system("test"):
            rows = {p.connection_id: p for p in Publication.objects.filter(post=post)}
        assert {(p.state, p.commits) for p in rows.values()} == {(State.PUBLISHED, 2), (State.PUBLISHED, 1)}


class ApiTests:
    @pytest.fixture
    def account(self, cast: Cast) -> Connection:
        return make_connection(cast.workspace)

    def post(self, api: APIClient, account: Connection, **own: Any) -> Any:
        body = {"text": "For all", "connections": [str(account.uid)]}
        return api.post(POSTS, {**body, "variants": [{"connection": str(account.uid), **own}]})

    def test_own_words_come_back_as_they_were_sent(self, api: APIClient, account: Connection) -> None:
        body = self.post(api, account, texts=["Mine", "and more"]).json()
        assert body["publications"][0]["texts"] == ["Mine", "and more"]
        assert body["publications"][0]["commits"] == 2

    def test_changing_the_text_keeps_them_and_an_empty_list_takes_them_away(
        self, api: APIClient, account: Connection
    ) -> None:
        address = f"{POSTS}/{self.post(api, account, texts=['Mine']).json()['id']}"
        assert api.patch(address, {"text": "For everybody"}).json()["publications"][0]["texts"] == ["Mine"]
        assert api.patch(address, {"variants": []}).json()["publications"][0]["texts"] is None

    def test_an_option_that_the_platform_does_not_have_is_named(self, api: APIClient, account: Connection) -> None:
        body = {
            "text": "For all",
            "connections": [str(account.uid)],
            "variants": [{"connection": str(account.uid), "options": {"audience": "friends"}}],
        }
        answer = api.post(f"{POSTS}/validate", body).json()
        found = answer["connections"][0]["problems"][0]
        assert (found["field"], found["code"]) == (f"variants.{account.uid}.options.audience", "unknown_option")

    def test_words_that_are_too_long_are_wrong_where_they_were_written(
        self, api: APIClient, account: Connection
    ) -> None:
        body = {
            "text": "fine",
            "connections": [str(account.uid)],
            "publish_now": True,
            "variants": [{"connection": str(account.uid), "texts": ["x" * 300]}],
        }
        assert fields_and_codes(api.post(POSTS, body)) == [(f"variants.{account.uid}.parts.0.text", "too_long")]

    def test_an_account_that_the_post_is_not_for_is_refused(self, api: APIClient, cast: Cast) -> None:
        account, other = make_connection(cast.workspace), make_connection(cast.workspace)
        body = {"text": "a", "connections": [str(account.uid)], "variants": [{"connection": str(other.uid)}]}
        assert fields_and_codes(api.post(POSTS, body)) == [(f"variants.{other.uid}", "not_chosen")]

    def test_an_account_named_twice_is_refused(self, api: APIClient, account: Connection) -> None:
        twice = [{"connection": str(account.uid)}, {"connection": str(account.uid)}]
        answer = api.post(POSTS, {"text": "a", "connections": [str(account.uid)], "variants": twice})
        assert fields_and_codes(answer) == [("variants", "twice")]


class ComposerTests:
    def send(self, cast: Cast, account: Connection, **fields: Any) -> Any:
        sent = {"part": "1", "text-1": "For all", "connections": str(account.uid), "action": "draft", **fields}
        return browser(cast.alice).post(f"/w/{cast.workspace.slug}/compose/", sent, follow=True)

    def test_own_words_are_saved_in_parts_and_shown_again(self, cast: Cast) -> None:
        account = make_connection(cast.workspace)
        page = text_of(self.send(cast, account, **{f"own-{account.uid}": "Mine\r\n---\r\nand more"}))
        with tenancy.system("test"):
            post = Post.objects.get()
        assert publication_of(post).own_texts == ["Mine", "and more"]
        assert "Mine --- and more</textarea>" in page

    def test_what_is_wrong_with_them_is_said_beside_them(self, cast: Cast) -> None:
        account = make_connection(cast.workspace)
        page = text_of(self.send(cast, account, **{f"own-{account.uid}": "x" * 300, "action": "check"}))
        assert f'id="problems-own-{UUID(str(account.uid)).hex}"' in page
        start = page.index(f'id="problems-own-{UUID(str(account.uid)).hex}"')
        assert "20 too many for X" in page[start : start + 900]

    def test_an_account_that_is_not_chosen_keeps_nothing(self, cast: Cast) -> None:
        account, other = make_connection(cast.workspace), make_connection(cast.workspace)
        self.send(cast, account, **{f"own-{other.uid}": "not sent"})
        with acting(cast.alice, cast.workspace):
            assert Publication.objects.get().own_texts == []

    def test_the_answers_of_a_poll_have_a_field_each_and_keep_their_commas(self, cast: Cast) -> None:
        account = make_connection(cast.workspace)
        name = f"option-{account.uid}-poll"
        page = text_of(self.send(cast, account, **{name: ["Brass, as ever", "", " Steel", ""]}))
        with acting(cast.alice, cast.workspace):
            assert Publication.objects.get().options == {"poll": ["Brass, as ever", "Steel"]}
        values = [found[1] for found in re.finditer(rf'name="{name}" value="([^"]*)"', page)]
        assert values == ["Brass, as ever", "Steel", "", ""]

    def test_a_copy_takes_them_along(self, cast: Cast) -> None:
        account = make_connection(cast.workspace)
        content = Content((PartContent("For all"),), (account.uid,), {account.uid: Own(texts=("Mine",))})
        with acting(cast.alice, cast.workspace) as actor:
            post = services.create_post(actor=actor, content=content, plan=Draft())
        page = text_of(browser(cast.alice).get(f"/w/{cast.workspace.slug}/compose/?copy={post.uid}"))
        assert "Mine</textarea>" in page
