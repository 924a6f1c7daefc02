"""Grok's ideas for free slots: drafts that carry a time as a proposal, and that nothing can send before a person decides."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.audit_models import AuditEntry
from accounts.roles import Role
from ai import tries
from ai.models import Generation
from billing import packs
from multivio import tenancy
from multivio.errors import Forbidden
from posts import retiming
from posts.forms import ComposerForm
from posts.models import Lane, Post, Publication
from posts.services import Draft, NextSlot, edit_post, publish_now, request_approval
from posts.tests.approving import set_policy_row
from posts.tests.conftest import Driven
from posts.tests.factories import Cast, acting, add_member, content, make_connection, make_post, make_user
from posts.tests.pages import browser, text_of
from posts.tests.scheduling import give_schedule
from posts.words.ideas import Made, draft_ideas
from sandbox.testing import Running
from social.models import Connection

AI = "/api/v1/ai"
TOPIC = "Lamps for dark months"
EVERY_DAY = tuple(f"{day} 09:30" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


@pytest.fixture(autouse=True)
def _fresh_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "breaker", tries.Breaker())


@pytest.fixture
def account(cast: Cast) -> Connection:
    found = make_connection(cast.workspace)
    give_schedule(cast.alice, cast.workspace, found, *EVERY_DAY)
    return found


@pytest.fixture
def alice(cast: Cast) -> Client:
    return browser(cast.alice)


def write(cast: Cast, *accounts: Connection, count: int = 3, days: int | None = 7) -> Made:
    with acting(cast.alice, cast.workspace) as actor:
        pass
    return draft_ideas(actor=actor, topic=TOPIC, count=count, connections=[one.uid for one in accounts], days=days)


def rows() -> list[Post]:
    with tenancy.system("test"):
        return list(Post.objects.with_publications().order_by("proposed_for", "id"))


def path(cast: Cast, rest: str = "") -> str:
    return f"/w/{cast.workspace.slug}/ideas/{rest}"


@pytest.mark.usefixtures("sandbox")
class NothingGoesOutTests:
    """What makes a post go out is a scheduled publication with a due time. None of that is there, and nothing makes it so."""

    def test_a_draft_carries_the_time_of_a_free_slot_and_no_due_time(self, cast: Cast, account: Connection) -> None:
        write(cast, account)
        made = rows()
        assert [f"{_local(post.proposed_for, cast):%H:%M}" for post in made] == ["09:30"] * 3
        assert {(post.state, post.due_at, post.planned_on) for post in made} == {("draft", None, None)}
        with tenancy.system("test"):
            stored = set(Publication.objects.values_list("state", "due_at", "planned_on", "lease_until"))
            assert stored == {("draft", None, None, None)}
            assert Lane.objects.get(connection=account).wake_at is None

    def test_the_engine_finds_nothing_even_when_the_time_has_come(
        self, cast: Cast, account: Connection, driven: Driven
    ) -> None:
        write(cast, account)
        with tenancy.system("test"):
            Post.objects.update(proposed_for=timezone.now() - timedelta(minutes=1))
            Lane.objects.update(wake_at=timezone.now() - timedelta(hours=1))
        driven.run()
        assert retiming.recompute_due_times() == 0
        with tenancy.system("test"):
            assert set(Publication.objects.values_list("state", "tries")) == {("draft", 0)}

    def test_the_database_lets_no_proposal_be_a_plan(self, cast: Cast, account: Connection) -> None:
        write(cast, account, count=1)
        with pytest.raises(IntegrityError, match="a_proposal_is_no_plan"), tenancy.system("test"), transaction.atomic():
            Post.objects.update(due_at=timezone.now())

    @pytest.mark.parametrize("days", [7, None])
    def test_who_may_only_write_makes_drafts_and_cannot_send_them(
        self, cast: Cast, account: Connection, days: int | None
    ) -> None:
        writer = make_user("Writer")
        add_member(cast.workspace, writer, Role.CONTRIBUTOR)
        with acting(writer, cast.workspace) as actor:
            pass
        made = draft_ideas(actor=actor, topic=TOPIC, count=2, connections=[account.uid], days=days)
        assert len(made.posts) == 2
        with acting(writer, cast.workspace) as actor, pytest.raises(Forbidden):
            publish_now(actor=actor, post=made.posts[0])


@pytest.mark.usefixtures("sandbox")
class ProposalTests:
    def test_it_goes_through_edits_until_somebody_plans_it(self, cast: Cast, account: Connection) -> None:
        post = write(cast, account, count=1).posts[0]
        with acting(cast.alice, cast.workspace) as actor:
            words = content("Mine", connections=(account,))

            assert edit_post(actor=actor, post=post, content=words, plan=Draft()).proposed_for == post.proposed_for
            planned = edit_post(actor=actor, post=post, content=words, plan=NextSlot())
        assert (planned.proposed_for, planned.due_at) == (None, post.proposed_for)

    @pytest.mark.parametrize("how", ["now", "asked"])
    def test_publishing_it_or_asking_for_a_slot_ends_it(self, cast: Cast, account: Connection, how: str) -> None:
        post = write(cast, account, count=1).posts[0]
        if how == "asked":
            set_policy_row(cast.workspace, "optional")  # type: ignore[arg-type]
        with acting(cast.alice, cast.workspace) as actor:
            done = (
                publish_now(actor=actor, post=post)
                if how == "now"
                else request_approval(actor=actor, post=post, plan=NextSlot())
            )
        assert done.proposed_for is None

    def test_the_composer_offers_it_and_the_pages_show_it(self, cast: Cast, account: Connection, alice: Client) -> None:
        post = write(cast, account, count=1).posts[0]
        local = _local(post.proposed_for, cast)
        page = text_of(alice.get(f"/w/{cast.workspace.slug}/posts/{post.uid}/edit/"))
        assert "Nothing goes out before you schedule it." in page
        assert f'name="on" value="{local:%Y-%m-%d}"' in page
        assert 'value="at" checked' in page
        assert "Proposed" in text_of(alice.get(f"/w/{cast.workspace.slug}/posts/{post.uid}/"))
        assert "Proposed:" in text_of(alice.get(f"/w/{cast.workspace.slug}/posts/"))

    def test_a_time_that_has_passed_is_not_offered(self, cast: Cast, account: Connection) -> None:
        post = write(cast, account, count=1).posts[0]
        blank = ComposerForm.blank(zone="UTC", now=timezone.now())
        with acting(cast.alice, cast.workspace):
            post.proposed_for = timezone.now() - timedelta(minutes=1)
            assert ComposerForm.of_post(post, blank).when == "now"


def _local(moment: datetime | None, cast: Cast) -> datetime:
    assert moment is not None
    return moment.astimezone(cast.workspace.tz)


@pytest.mark.usefixtures("sandbox")
class FillingTests:
    def test_accounts_that_are_free_at_one_time_share_an_idea(self, cast: Cast, account: Connection) -> None:
        other = make_connection(cast.workspace, platform="threads")
        give_schedule(cast.alice, cast.workspace, other, *EVERY_DAY[:1], "tue 12:00")
        write(cast, account, other, count=14)
        shared = [
            (
                {one.connection.platform for one in post.publications.all()},
                f"{_local(post.proposed_for, cast):%a %H:%M}",
            )
            for post in rows()
        ]
        assert ({"x", "threads"}, "Mon 09:30") in shared
        assert ({"threads"}, "Tue 12:00") in shared
        assert len(shared) == 8

    def test_a_second_time_the_same_slots_are_not_proposed_again(self, cast: Cast, account: Connection) -> None:
        write(cast, account, count=4)
        write(cast, account, count=14)
        times = [post.proposed_for for post in rows()]
        assert len(times) == len(set(times)) == 7

    def test_taken_slots_are_left_out_and_fewer_are_said(self, api: APIClient, cast: Cast, account: Connection) -> None:
        for _ in range(5):
            make_post(cast.alice, cast.workspace, account, plan=NextSlot())
        body = {"topic": TOPIC, "count": 7, "days": 7, "connections": [str(account.uid)]}
        answer = api.post(f"{AI}/drafts", body)
        assert answer.status_code == 201, answer.content
        assert (answer.json()["free_slots"], len(answer.json()["drafts"])) == (2, 2)
        assert all(draft["proposed_for"] for draft in answer.json()["drafts"])

    def test_without_a_free_slot_nothing_is_asked_and_nothing_paid(
        self, api: APIClient, cast: Cast, account: Connection, sandbox: Running
    ) -> None:
        give_schedule(cast.alice, cast.workspace, account)
        body = {"topic": TOPIC, "days": 7, "connections": [str(account.uid)]}
        answer = api.post(f"{AI}/drafts", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_free_slot")
        assert sandbox.control.grok_was_asked() == []

    def test_an_unknown_account_is_refused_before_anything_is_paid(
        self, api: APIClient, cast: Cast, sandbox: Running
    ) -> None:
        foreign = make_connection(cast.elsewhere)
        answer = api.post(f"{AI}/drafts", {"topic": TOPIC, "connections": [str(foreign.uid)]})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_connection")
        assert sandbox.control.grok_was_asked() == []


@pytest.mark.usefixtures("sandbox")
class PageTests:
    def fill(self, alice: Client, cast: Cast, account: Connection, **fields: Any) -> Any:
        sent = {"topic": TOPIC, "count": "3", "days": "7", "connections": str(account.uid), "token": "t", **fields}
        return alice.post(path(cast), sent, follow=True)

    def test_it_says_first_what_is_free_and_what_it_costs(self, alice: Client, cast: Cast, account: Connection) -> None:
        page = text_of(alice.get(path(cast)))
        assert "7 slots are free in the next 7 days" in page
        assert "credits of the 2,000 that are left" in page.replace('<span class="num">', "").replace("</span>", "")
        assert "Write 7 drafts" in page
        with tenancy.system("test"):
            assert not Generation.objects.exists()

    @pytest.mark.parametrize(("bought", "is_enough"), [(5000, True), (1, False)])
    def test_bought_credits_count_as_well(
        self, alice: Client, cast: Cast, account: Connection, settings: Settings, bought: int, is_enough: bool
    ) -> None:
        settings.BILLING_ENABLED, settings.AI_MONTHLY_CREDITS = True, 0
        packs.give(staff=None, workspace=cast.workspace, credits=bought, reason="for a test")
        page = text_of(alice.get(path(cast)))
        assert f"of the 0 that are left this month and the {bought:,} bought." in page
        assert ("That is more than are left." not in page) is is_enough

    def test_htmx_gets_only_that_part(self, alice: Client, cast: Cast, account: Connection) -> None:
        asked = {"connections": str(account.uid), "days": "7", "count": "14"}
        part = text_of(alice.get(path(cast), asked, headers={"HX-Request": "true"}))
        assert "Only 7 slots are free" in part
        assert "<form" not in part

    def test_it_makes_drafts_and_undoes_them_but_for_those_somebody_worked_on(
        self, alice: Client, cast: Cast, account: Connection
    ) -> None:
        page = self.fill(alice, cast, account)
        assert "3 drafts made. Nothing is scheduled." in text_of(page)
        assert text_of(page).count("Proposed for") == 3
        with acting(cast.alice, cast.workspace) as actor:
            words = content("Mine now", connections=(account,))
            edit_post(actor=actor, post=rows()[0], content=words, plan=Draft())
        done = alice.post(f"{page.redirect_chain[-1][0]}delete/", follow=True)
        assert "2 drafts deleted." in text_of(done)
        assert "1 stays: somebody has worked on them since." in text_of(done)
        assert [post.text for post in rows()] == ["Mine now"]
        with tenancy.system("test"):
            assert AuditEntry.objects.filter(action="post.deleted").count() == 2

    def test_without_times_they_are_only_ideas(self, alice: Client, cast: Cast, account: Connection) -> None:
        assert "2 drafts made." in text_of(self.fill(alice, cast, account, days="0", count="2"))
        assert {post.proposed_for for post in rows()} == {None}

    def test_the_same_form_sent_twice_is_paid_once(self, alice: Client, cast: Cast, account: Connection) -> None:
        first, second = (self.fill(alice, cast, account) for _ in range(2))
        assert first.redirect_chain == second.redirect_chain
        with tenancy.system("test"):
            assert (Generation.objects.count(), Post.objects.count()) == (1, 3)

    @pytest.mark.parametrize(
        ("trouble", "status", "sentence"),
        [("cap", 402, "AI credits of this month are used up"), ("refusal", 422, "Grok declined this")],
    )
    def test_what_stands_in_the_way_is_said_plainly_and_nothing_is_made(
        self, alice: Client, cast: Cast, account: Connection, sandbox: Running, settings: Settings,
        trouble: str, status: int, sentence: str,
    ) -> None:  # fmt: skip
        if trouble == "cap":
            settings.AI_MONTHLY_CREDITS = 0
        else:
            sandbox.control.add_fault(platform="xai", operation="responses", kind="refuse")
        answer = self.fill(alice, cast, account)
        assert answer.status_code == status
        assert "Nothing was made." in text_of(answer)
        assert sentence in text_of(answer)
        assert TOPIC in text_of(answer)
        assert rows() == []

    def test_without_a_key_it_explains_itself(self, alice: Client, cast: Cast, settings: Settings) -> None:
        settings.AI_ENABLED = False
        assert "Grok is not set up here." in text_of(alice.get(path(cast)))

    def test_a_viewer_is_told(self, cast: Cast, account: Connection) -> None:
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        assert browser(viewer).get(path(cast)).status_code == 403
        assert self.fill(browser(viewer), cast, account).status_code == 403

    def test_ideas_are_found_by_their_own_id_only(self, alice: Client, cast: Cast) -> None:
        with tenancy.system("test"):
            other = Generation.objects.create(
                workspace=cast.workspace, task="shorten", prompt_version=1, prompt_hash="", credits=1
            )
        assert alice.get(path(cast, f"{other.uid}/")).status_code == 404


@pytest.mark.usefixtures("sandbox")
def test_what_grok_says_is_text_on_the_page(alice: Client, cast: Cast, account: Connection, sandbox: Running) -> None:
    sandbox.control.grok_says(json.dumps({"items": [{"day": 1, "text": "<b>Alma</b> ships."}]}))
    page = PageTests().fill(alice, cast, account, count="1")
    assert "&lt;b&gt;Alma&lt;/b&gt; ships." in text_of(page)
