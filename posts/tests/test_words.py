"""Grok and posts: pictures described, what became part of a post, drafts and nothing but drafts."""

from io import BytesIO

import pytest
from django.core.files import File
from PIL import Image
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.roles import Role
from ai import tries
from ai.models import Generation
from multivio import tenancy
from posts.media.services import store_upload
from posts.models import Media, Post, Publication
from posts.tests.callers import caller
from posts.tests.factories import Cast, acting, add_member, make_connection, make_post, make_user
from posts.tests.pages import browser, text_of
from posts.words.models import GenerationUse
from posts.words.services import remember
from sandbox.testing import Running

AI = "/api/v1/ai"


@pytest.fixture(autouse=True)
def fresh_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "breaker", tries.Breaker())


def upload(cast: Cast) -> Media:
    content = BytesIO()
    Image.new("RGB", (1600, 400), (30, 60, 200)).save(content, "PNG")
    content.seek(0)
    with acting(cast.alice, cast.workspace) as actor:
        pass
    return store_upload(actor=actor, file=File(content, name="sea.png"))


class PictureTests:
    def test_alt_text_is_made_from_the_picture_itself(self, sandbox: Running, api: APIClient, cast: Cast) -> None:
        media = upload(cast)
        answer = api.post(f"{AI}/alt-text", {"media": str(media.uid)})
        assert answer.json()["text"] == "A wide picture, mostly blue, 1024 by 256 pixels."
        with tenancy.system("test"):
            assert Media.objects.get().alt_text == ""  # a person sets it


class DraftTests:
    def test_ideas_for_a_week_become_drafts_and_nothing_is_planned(
        self, sandbox: Running, api: APIClient, cast: Cast
    ) -> None:
        account = make_connection(cast.workspace)
        answer = api.post(
            f"{AI}/drafts", {"topic": "Lamps for dark months", "count": 3, "connections": [str(account.uid)]}
        )
        assert answer.status_code == 201, answer.content
        assert len(answer.json()["drafts"]) == 3
        with tenancy.system("test"):
            assert set(Post.objects.values_list("state", "due_at")) == {("draft", None)}
            assert set(Publication.objects.values_list("state", flat=True)) == {"draft"}
            assert GenerationUse.objects.count() == 3

    def test_a_viewer_makes_none(self, sandbox: Running, cast: Cast) -> None:
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        assert caller(viewer, cast.workspace).post(f"{AI}/drafts", {"topic": "Lamps"}).status_code == 403


class UseTests:
    def test_the_composer_remembers_what_became_part_of_a_post(
        self, sandbox: Running, api: APIClient, cast: Cast
    ) -> None:
        made = api.post(f"{AI}/transform", {"task": "shorten", "text": "A long text about a lamp."}).json()["results"][
            0
        ]
        page = browser(cast.alice)
        path = f"/w/{cast.workspace.slug}/compose/"
        form = {
            "part": "a",
            "text-a": made["text"],
            "when": "now",
            "action": "draft",
            "token": "t",
            "generation": made["id"],
        }
        assert page.post(path, form).status_code == 302
        with tenancy.system("test"):
            (use,) = GenerationUse.objects.select_related("generation", "post")
            assert (use.post.text, use.generation.taken) == (made["text"], True)

    def test_words_of_another_workspace_are_passed_over(self, cast: Cast) -> None:
        with tenancy.system("test"):
            foreign = Generation.objects.create(
                workspace=cast.elsewhere, task="shorten", prompt_version=1, prompt_hash="", credits=1
            )
        post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace))
        with acting(cast.alice, cast.workspace) as actor:
            assert remember(actor=actor, post=post, uids=[str(foreign.uid), "nonsense"]) == 0


class PageTests:
    def test_without_a_key_the_panel_explains_itself_and_the_composer_works(
        self, cast: Cast, settings: Settings
    ) -> None:
        settings.AI_ENABLED = False
        page = browser(cast.alice).get(f"/w/{cast.workspace.slug}/compose/").content.decode()
        assert "Grok is not set up here." in page
        assert "Ask Grok" not in page
        assert "data-describe-with-grok" not in page
        assert "Save draft" in page

    def test_the_voice_is_set_in_the_settings_and_read_by_all(self, cast: Cast) -> None:
        account = make_connection(cast.workspace, username="alma")
        path = f"/w/{cast.workspace.slug}/settings/grok/"
        alice, bob = browser(cast.alice), browser(cast.bob)
        assert alice.post(path, {"about": "Dry & kind."}).status_code == 302
        assert alice.post(f"{path}?account={account.uid}", {"about": "Loud."}).status_code == 302
        assert "Dry &amp; kind." in bob.get(path).content.decode()
        assert "Loud." in bob.get(f"{path}?account={account.uid}").content.decode()
        assert "by Alice" in text_of(bob.get(path))  # who changed it last
        assert bob.post(path, {"about": "Mine."}).status_code == 403
        assert bob.get(f"{path}?account=nonsense").status_code == 404

    def test_the_meter_and_what_was_written_lately_are_there(
        self, sandbox: Running, api: APIClient, cast: Cast
    ) -> None:
        api.post(f"{AI}/transform", {"task": "shorten", "text": "A long text about a lamp."})
        page = browser(cast.alice).get(f"/w/{cast.workspace.slug}/settings/grok/").content.decode()
        assert "1,999 left" in page
        assert "Shorten" in page
