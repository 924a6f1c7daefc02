"""Pictures by Grok: asked for and drawn later, paid once, kept in the library, marked where platforms take marks."""

from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from accounts.models import Member
from accounts.roles import Role
from ai import drawing, services, tries
from ai.models import Drawing, Generation
from multivio import tenancy
from posts.media import storage
from posts.media.pictures import cropped
from posts.models import Media, Publication
from posts.tasks import draw, draw_waiting
from posts.tests.callers import caller
from posts.tests.factories import Cast, add_member, make_cast, make_connection, make_user
from posts.words import pictures
from sandbox.testing import Running

AI = "/api/v1/ai"


@pytest.fixture(autouse=True)
def fresh_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "breaker", tries.Breaker())


def ask(api: APIClient, **body: Any) -> str:
    """Where to look for it."""
    answer = api.post(f"{AI}/images", {"prompt": "A lamp at dusk", **body})
    assert answer.status_code == 202, answer.content
    assert answer.json()["state"] == "running"
    return str(answer.headers["Location"])


def draw_all() -> None:
    """What a worker does."""
    for pk in drawing.waiting():
        draw(pk)


def drawn(api: APIClient, **body: Any) -> dict[str, Any]:
    where = ask(api, **body)
    draw_all()
    row: dict[str, Any] = api.get(where).json()
    return row


def age(by: timedelta, **fields: Any) -> None:
    """As if everything had happened so much earlier."""
    with tenancy.system("test"):
        Drawing.objects.update(created_at=timezone.now() - by, **fields)


class DrawingTests:
    def test_nothing_is_drawn_while_the_caller_waits(self, sandbox: Running, api: APIClient) -> None:
        where = ask(api)
        assert sandbox.control.grok_was_asked() == []
        row = api.get(where).json()
        assert (row["state"], row["items"], row["error"]) == ("running", [], "")
        assert api.get(f"{AI}/usage").json()["used"] == 20  # set aside

    def test_it_lands_in_the_library_and_is_paid(self, sandbox: Running, api: APIClient) -> None:
        row = drawn(api, ratio="16:9")
        assert (row["state"], row["credits"], row["cost_is_estimate"]) == ("done", 20, False)
        media = api.get(f"/api/v1/media/{row['items'][0]['media']}").json()
        assert (media["width"], media["height"], media["mime"], media["made_by_ai"]) == (960, 540, "image/jpeg", True)
        (asked,) = sandbox.control.grok_was_asked()
        assert {"size", "style"} & set(asked) == set()
        with tenancy.system("test"):
            assert Drawing.objects.count() == 0  # what it was to show is forgotten

    def test_a_worker_is_told_as_soon_as_it_is_asked_for(
        self,
        sandbox: Running,
        api: APIClient,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        handed: list[int] = []
        monkeypatch.setattr(draw, "delay", handed.append)
        with django_capture_on_commit_callbacks(execute=True):
            ask(api)
        draw_waiting()  # where that got lost
        assert handed == [drawing.waiting()[0]] * 2

    def test_the_portrait_of_instagram_is_cut_out_of_a_taller_one(self, sandbox: Running, api: APIClient) -> None:
        row = drawn(api, ratio="4:5")
        (asked,) = sandbox.control.grok_was_asked()
        assert asked["aspect_ratio"] == "3:4"
        media = api.get(f"/api/v1/media/{row['items'][0]['media']}").json()
        assert (media["width"], media["height"]) == (600, 750)

    def test_the_same_key_asks_once(self, sandbox: Running, api: APIClient) -> None:
        first, again = (
            api.post(f"{AI}/images", {"prompt": "A lamp"}, headers={"idempotency-key": "lamp"}) for _ in range(2)
        )
        assert (first.json()["id"], first.headers["Location"]) == (again.json()["id"], again.headers["Location"])
        assert len(drawing.waiting()) == 1

    @pytest.mark.parametrize(
        ("body", "field"), [({"prompt": "  "}, "prompt"), ({"prompt": "A", "ratio": "5:4"}, "ratio")]
    )
    def test_what_cannot_be_drawn_is_said_at_once(self, api: APIClient, body: dict[str, str], field: str) -> None:
        answer = api.post(f"{AI}/images", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert drawing.waiting() == []

    def test_a_viewer_asks_for_none(self, cast: Cast) -> None:
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        assert caller(viewer, cast.workspace).post(f"{AI}/images", {"prompt": "A lamp"}).status_code == 403

    def test_a_picture_is_not_asked_for_beyond_the_months_credits(self, api: APIClient, settings: Settings) -> None:
        settings.AI_MONTHLY_CREDITS = 30
        ask(api)
        assert api.post(f"{AI}/images", {"prompt": "Another"}).status_code == 402


class TroubleTests:
    def test_a_refused_picture_costs_nothing_and_says_why(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.add_fault(platform="xai", operation="images", kind="refuse")
        row = drawn(api)
        assert (row["state"], row["error_code"], row["credits"]) == ("failed", "ai_refused", 0)
        assert row["error"].startswith("Grok declined this")
        assert api.get(f"{AI}/usage").json()["used"] == 0

    def test_a_second_delivery_asks_nothing(self, sandbox: Running, api: APIClient) -> None:
        ask(api)
        (pk,) = drawing.waiting()
        assert drawing.take(pk) is not None  # and the worker dies here, or is still at it
        draw(pk)
        draw_all()
        assert sandbox.control.grok_was_asked() == []

    def test_what_a_dead_worker_had_asked_ends_as_abandoned_stays_paid_and_is_not_asked_again(
        self, sandbox: Running, api: APIClient
    ) -> None:
        where = ask(api)
        (pk,) = drawing.waiting()
        drawing.take(pk)
        age(timedelta(minutes=4), asked_at=timezone.now() - timedelta(minutes=4))
        draw_waiting()
        assert api.get(where).json()["state"] == "running"  # the call may still be out
        age(timedelta(minutes=6), asked_at=timezone.now() - timedelta(minutes=6))
        draw_waiting()
        row = api.get(where).json()
        assert (row["state"], row["error_code"], row["credits"]) == ("failed", "abandoned", 20)
        assert "may have been paid" in row["error"]
        draw(pk)
        assert sandbox.control.grok_was_asked() == []

    def test_who_comes_back_after_that_changes_nothing(self, sandbox: Running, api: APIClient) -> None:
        where = ask(api)
        turn = drawing.take(drawing.waiting()[0])
        assert turn is not None
        age(timedelta(minutes=6), asked_at=timezone.now() - timedelta(minutes=6))
        drawing.close_lost()
        drawing.finish(turn, state="done", credits=0)
        assert (api.get(where).json()["state"], api.get(where).json()["credits"]) == ("failed", 20)

    def test_what_no_worker_takes_up_is_given_up_and_costs_nothing(self, sandbox: Running, api: APIClient) -> None:
        where = ask(api)
        age(timedelta(minutes=50))
        with tenancy.system("test"):
            Generation.objects.update(created_at=timezone.now() - timedelta(minutes=50))
        services.close_lost()
        assert api.get(where).json()["state"] == "running"
        age(timedelta(minutes=61))
        draw_waiting()
        row = api.get(where).json()
        assert (row["state"], row["error_code"], row["credits"]) == ("failed", "not_begun", 0)
        assert sandbox.control.grok_was_asked() == []

    def test_a_fault_of_ours_ends_it_without_another_call(
        self, sandbox: Running, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(**_kwargs: Any) -> Media:
            raise RuntimeError("a bug")

        monkeypatch.setattr(pictures, "store_upload", breaks)
        row = drawn(api)
        assert (row["state"], row["error_code"], row["credits"]) == ("failed", "crashed", 20)
        draw_all()
        assert len(sandbox.control.grok_was_asked()) == 1

    def test_who_may_no_longer_write_gets_none_and_pays_nothing(
        self, sandbox: Running, api: APIClient, cast: Cast
    ) -> None:
        where = ask(caller(cast.bob, cast.workspace))
        with tenancy.system("test"):
            Member.objects.filter(user=cast.bob, workspace=cast.workspace).update(role=Role.VIEWER)
        draw_all()
        row = api.get(where).json()
        assert (row["error_code"], row["credits"]) == ("not_allowed", 0)
        assert sandbox.control.grok_was_asked() == []

    def test_what_the_library_does_not_take_says_so_and_leaves_no_file(
        self, sandbox: Running, api: APIClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        where = ask(api)
        kept: list[str] = []
        save = storage.save

        def save_and_leave(name: str, incoming: storage.Incoming) -> str:
            with tenancy.system("test"):
                Member.objects.filter(user=cast.alice, workspace=cast.workspace).delete()
            kept.append(save(name, incoming))
            return kept[-1]

        monkeypatch.setattr(storage, "save", save_and_leave)
        draw_all()
        row = caller(cast.bob, cast.workspace).get(where).json()
        assert (row["state"], row["error_code"], row["credits"]) == ("failed", "not_kept", 20)
        assert row["problems"][0]["message"] == "You are no longer a member of this workspace."
        assert len(kept) == 2
        for name in kept:
            with pytest.raises(FileNotFoundError):
                storage.opened(name).__enter__()

    def test_pictures_do_not_take_up_every_thread_of_a_worker(self, sandbox: Running, api: APIClient) -> None:
        for _ in range(drawing.AT_ONCE + 1):
            ask(api)
        *first, last = [*drawing.waiting(), *_all_but(drawing.waiting())]
        turns = [drawing.take(pk) for pk in first]
        assert None not in turns
        assert drawing.waiting() == []
        assert drawing.take(last) is None
        assert turns[0] is not None
        drawing.finish(turns[0], state="done")
        assert drawing.waiting() == [last]
        assert drawing.take(last) is not None


def _all_but(known: list[int]) -> list[int]:
    with tenancy.system("test"):
        return list(Drawing.objects.exclude(pk__in=known).values_list("pk", flat=True))


def test_two_workers_ask_once(sandbox: Running, transactional_db: None) -> None:
    cast = make_cast()
    ask(caller(cast.alice, cast.workspace))
    (pk,) = drawing.waiting()
    sandbox.control.settings(api_delay_ms=100)

    def go() -> None:
        try:
            draw(pk)
        finally:
            connection.close()

    threads = [Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.control.grok_was_asked()) == 1
    with tenancy.system("test"):
        assert Media.objects.filter(workspace=cast.workspace).count() == 1


class MarkTests:
    @pytest.mark.parametrize(("chosen", "kept"), [({}, True), ({"ai_generated": False}, False)])
    def test_a_post_with_it_is_marked_unless_somebody_says_otherwise(
        self, sandbox: Running, api: APIClient, cast: Cast, chosen: dict[str, Any], kept: bool
    ) -> None:
        media = drawn(api)["items"][0]["media"]
        account = make_connection(cast.workspace, platform="instagram", username="norre.studio")
        variant = {"connection": str(account.uid), "options": chosen}
        body = {"text": "Look", "media": [media], "connections": [str(account.uid)], "variants": [variant]}
        assert api.post("/api/v1/posts", body).status_code == 201
        with tenancy.system("test"):
            assert Publication.objects.get().options["ai_generated"] is kept


class CropTests:
    @pytest.mark.parametrize(("size", "cut"), [((768, 1024), (768, 960)), ((900, 900), (720, 900))])
    def test_the_middle_is_kept(self, size: tuple[int, int], cut: tuple[int, int]) -> None:
        image = Image.new("RGB", size, "white")
        image.paste("red", (size[0] // 2 - 20, size[1] // 2 - 20, size[0] // 2 + 20, size[1] // 2 + 20))
        file = BytesIO()
        image.save(file, "PNG")
        found = Image.open(BytesIO(cropped(file, Fraction(4, 5))))
        assert found.size == cut
        assert found.getpixel((cut[0] // 2, cut[1] // 2)) == pytest.approx((254, 0, 0), abs=3)
