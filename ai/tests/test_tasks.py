"""Every task over HTTP: what comes back, limits and their one repair, what is refused, and what stays on record."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.roles import Role
from accounts.tests.people import Cast, acting, add_member, make_cast, make_user
from ai import belongings, catalogue, services
from ai.models import Generation
from ai.orders import order
from ai.tests.cast import AI, TEXT, caller, generations, most, turns
from multivio import tenancy
from multivio.errors import DomainError
from sandbox.testing import Running
from social.tests.rows import make_connection

pytestmark = pytest.mark.usefixtures("dialect")
NEEDED: dict[str, dict[str, Any]] = {
    "platform": {"platforms": ["x"]},
    "platforms": {"platforms": ["x", "linkedin", "threads"]},
    "tone": {"tone": "warm"},
    "language": {"language": "Danish"},
    "": {},
}
TASKS = [task for task in catalogue.tasks().values() if task.kind in {catalogue.TRANSFORM, catalogue.GENERATE}]


def ask(api: APIClient, task: str, **others: Any) -> Any:
    kind = catalogue.tasks()[task].kind
    return api.post(f"{AI}/{kind}", {"task": task, "text": TEXT, **others})


def result(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    first: dict[str, Any] = answer.json()["results"][0]
    return first


class EveryTaskTests:
    @pytest.mark.parametrize("task", TASKS, ids=lambda task: task.slug)
    def test_it_comes_back_in_its_shape_and_goes_on_record(
        self, sandbox: Running, api: APIClient, task: catalogue.Task
    ) -> None:
        found = result(ask(api, task.slug, **NEEDED[task.needs]))
        assert found["state"] == "done"
        assert found["text"]
        assert bool(found["items"]) == task.is_structured
        (row,) = generations()
        assert (row.task, row.prompt_version, row.text) == (task.slug, task.version, found["text"])
        assert row.credits >= 1
        assert row.tokens_out > 0
        assert not row.cost_is_estimate
        (body,) = sandbox.control.grok_was_asked()
        assert body["store"] is False
        assert most(body) == task.tokens
        orders, person = turns(body)
        assert TEXT not in orders
        assert TEXT in person
        assert sandbox.control.grok_noted() == []

    def test_how_long_it_took_and_who_answered_is_said(
        self, sandbox: Running, api: APIClient, settings: Settings
    ) -> None:
        settings.XAI_MODEL_TEXT = "grok-3"  # retired: a stand-in answers
        uid = result(ask(api, "shorten"))["id"]
        found = api.get(f"{AI}/generations/{uid}").json()
        (listed,) = api.get(f"{AI}/generations").json()["results"]
        assert listed == found
        assert found["model"] == "grok-4.5"
        assert 0 < found["first_word_ms"] <= found["duration_ms"]

    def test_a_version_for_every_platform_in_the_order_they_were_named(self, sandbox: Running, api: APIClient) -> None:
        found = result(ask(api, "variants", platforms=["threads", "x"]))
        assert [item["platform"] for item in found["items"]] == ["threads", "x"]
        assert all(len(item["text"]) <= 280 for item in found["items"])

    def test_two_versions_to_choose_between_and_what_was_taken_is_remembered(
        self, sandbox: Running, api: APIClient
    ) -> None:
        answer = ask(api, "generate", versions=2)
        first, second = answer.json()["results"]
        assert first["text"] != second["text"]
        assert first["choice"] == second["choice"]
        api.post(f"{AI}/generations/{second['id']}/taken", {})
        assert [row.taken for row in generations()] == [False, True]

    def test_the_first_version_is_given_where_the_second_fails(
        self, sandbox: Running, api: APIClient, settings: Settings
    ) -> None:
        settings.RATE_LIMITS = {"ai": (1, 600)}
        (found,) = ask(api, "generate", versions=2).json()["results"]
        assert found["text"]
        assert [row.state for row in generations()] == [Generation.State.DONE]

    def test_where_the_first_fails_that_is_said_and_the_second_is_not_asked(
        self, sandbox: Running, api: APIClient, dialect: str
    ) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, kind="refuse")
        answer = ask(api, "generate", versions=2)
        assert (answer.status_code, answer.json()["code"]) == (422, "ai_refused")
        assert len(generations()) == 1

    @pytest.mark.parametrize("task", [task for task in TASKS if task.needs], ids=lambda task: task.slug)
    def test_what_is_missing_is_said_before_anything_is_asked(
        self, sandbox: Running, api: APIClient, task: catalogue.Task
    ) -> None:
        answer = ask(api, task.slug)
        assert (answer.status_code, answer.json()["code"]) == (422, "needed")
        assert sandbox.control.grok_was_asked() == []


class LimitTests:
    def test_what_is_too_long_is_written_again_once(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("x" * 300, "Short enough.")
        found = result(ask(api, "optimise", platforms=["x"]))
        assert (found["text"], found["repaired"], found["problems"]) == ("Short enough.", True, [])
        first, second = sandbox.control.grok_was_asked()
        assert turns(second)[:2] == turns(first)
        assert "20 too many for X: 300 of 280" in turns(second)[3]

    def test_what_stays_too_long_is_marked_and_never_cut(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("x" * 300, "y" * 290)
        found = result(ask(api, "optimise", platforms=["x"]))
        assert found["text"] == "y" * 290
        assert [problem["code"] for problem in found["problems"]] == ["too_long"]

    def test_the_limits_are_those_of_the_account(self, sandbox: Running, api: APIClient, cast: Cast) -> None:
        account = make_connection(cast.workspace, "alma", traits={"subscription_type": "Premium"})
        ask(api, "optimise", connection=str(account.uid))
        system = turns(sandbox.control.grok_was_asked()[0])[0]
        limit = catalogue_limit(account)
        assert f"For X: at most {limit} characters" in system

    def test_garbage_instead_of_json_is_asked_for_once_more(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("Certainly! Here are", '```json\n{"items": [{"text": "One."}]}\n```')
        assert result(ask(api, "hooks"))["items"] == [{"text": "One."}]
        sandbox.control.grok_says("no", "still no")
        answer = ask(api, "hooks")
        assert (answer.status_code, answer.json()["code"]) == (502, "ai_garbled")
        assert generations()[-1].state == Generation.State.FAILED

    def test_mentions_and_links_out_of_nothing_are_pointed_at(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("Thanks @somebody, see https://evil.example/x")
        codes = [problem["code"] for problem in result(ask(api, "shorten"))["problems"]]
        assert codes == ["new_mention", "new_link"]


def catalogue_limit(account: Any) -> int:
    from social import platforms  # noqa: PLC0415

    return platforms.get("x").capabilities_for(account.traits).text.limit


class VoiceTests:
    def test_it_is_shown_to_the_model_as_material_and_its_words_are_avoided(
        self, sandbox: Running, api: APIClient
    ) -> None:
        assert api.put(f"{AI}/voices", {"about": "Dry and kind.", "avoid": "revolutionary, unlock"}).status_code == 200
        sandbox.control.grok_says("A revolutionary lamp.", "A good lamp.")
        assert result(ask(api, "shorten"))["text"] == "A good lamp."
        system, person = turns(sandbox.control.grok_was_asked()[0])
        assert "<voice>\nHow we sound: Dry and kind." in person
        assert "Dry" not in system

    def test_an_account_may_sound_otherwise(self, sandbox: Running, api: APIClient, cast: Cast) -> None:
        account = make_connection(cast.workspace, "alma")
        api.put(f"{AI}/voices", {"about": "Dry."})
        api.put(f"{AI}/voices/connections/{account.uid}", {"about": "Loud."})
        ask(api, "shorten", connection=str(account.uid))
        ask(api, "shorten")
        said = [turns(body)[1] for body in sandbox.control.grok_was_asked()]
        assert ["Loud." in said[0], "Dry." in said[0], "Dry." in said[1]] == [True, False, True]

    def test_only_who_manages_the_workspace_sets_it(self, cast: Cast) -> None:
        answer = caller(cast.bob, cast.workspace).put(f"{AI}/voices", {"about": "Mine."})
        assert answer.status_code == 403


class CreditsTests:
    def test_the_month_ends_at_its_credits_and_the_meter_says_so(
        self, sandbox: Running, api: APIClient, settings: Settings
    ) -> None:
        settings.AI_MONTHLY_CREDITS = 20
        assert ask(api, "shorten").status_code == 200
        usage = api.get(f"{AI}/usage").json()
        assert (usage["used"], usage["left"], usage["tasks"][0]["task"]) == (1, 19, "shorten")
        answer = ask(api, "variants", platforms=["x", "threads"])
        assert (answer.status_code, answer.json()["code"]) == (402, "ai_credits_used_up")
        assert "This could take 21 credits, and 19 are left this month" in answer.json()["detail"]

    def test_what_a_task_would_cost_is_said_before_and_nothing_is_asked(self, sandbox: Running, api: APIClient) -> None:
        answer = api.post(f"{AI}/estimate", {"task": "variants", "text": TEXT, "platforms": ["x", "threads"]})
        assert (answer.json()["credits"], answer.json()["left"]) == (21, 2000)
        assert sandbox.control.grok_was_asked() == []

    def test_no_task_costs_more_than_was_said_even_where_it_is_repaired(self, sandbox: Running, api: APIClient) -> None:
        avoided = [f"word{number:02}" for number in range(40)]
        api.put(f"{AI}/voices", {"avoid": ", ".join(avoided)})
        body = {"task": "optimise", "platforms": ["x"], "text": TEXT}
        said = api.post(f"{AI}/estimate", body).json()["credits"]
        longest = (" ".join(avoided) + " " + "x" * 4800)[
            :4800
        ]  # as much as its tokens allow, and much is wrong about it
        sandbox.control.grok_says(longest, longest)
        found = result(ask(api, "optimise", platforms=["x"]))
        assert found["repaired"]
        assert len(found["problems"]) > 20
        assert turns(sandbox.control.grok_was_asked()[1])[3].count("\n- ") == 10
        assert said * 2 / 3 < found["credits"] <= said

    def test_what_came_to_nothing_costs_nothing(self, sandbox: Running, api: APIClient, dialect: str) -> None:
        sandbox.control.add_fault(platform="xai", operation=dialect, kind="refuse")
        answer = ask(api, "shorten")
        assert (answer.status_code, answer.json()["code"]) == (422, "ai_refused")
        assert api.get(f"{AI}/usage").json()["used"] == 0

    def test_a_service_that_says_no_price_is_paid_by_the_table(self, sandbox: Running, api: APIClient) -> None:
        sandbox.control.grok_says("Short.", tells_ticks=False)
        ask(api, "shorten")
        (row,) = generations()
        assert row.cost_is_estimate
        assert row.cost_ticks == row.tokens_in * 12_500 + row.tokens_out * 25_000


class AccessTests:
    def test_a_viewer_may_not_ask(self, sandbox: Running, cast: Cast) -> None:
        viewer = make_user("Vera")
        add_member(cast.workspace, viewer, Role.VIEWER)
        assert ask(caller(viewer, cast.workspace), "shorten").status_code == 403

    def test_without_a_key_everything_says_so(self, api: APIClient, settings: Settings) -> None:
        settings.AI_ENABLED = False
        assert api.get(f"{AI}/health").json()["enabled"] is False
        for answer in (ask(api, "shorten"), api.post(f"{AI}/stream", {"task": "shorten", "text": TEXT})):
            assert (answer.status_code, answer.json()["code"]) == (503, "ai_off")

    def test_questions_are_counted(self, sandbox: Running, api: APIClient, settings: Settings) -> None:
        settings.RATE_LIMITS = {"ai": (1, 600)}
        assert ask(api, "shorten").status_code == 200
        answer = ask(api, "shorten")
        assert (answer.status_code, answer.headers["Retry-After"] > "0") == (429, True)

    def test_the_same_request_sent_twice_asks_and_costs_once(self, sandbox: Running, api: APIClient) -> None:
        headers = {"Idempotency-Key": "one"}
        bodies = [
            api.post(f"{AI}/transform", {"task": "shorten", "text": TEXT}, headers=headers).json() for _ in range(2)
        ]
        assert bodies[0] == bodies[1]
        assert len(generations()) == 1

    def test_health_and_models_come_from_the_service(
        self, sandbox: Running, api: APIClient, settings: Settings
    ) -> None:
        assert api.get(f"{AI}/health").json()["reachable"] is True
        models = {row["id"]: row for row in api.get(f"{AI}/models").json()["results"]}
        assert models["grok-4.3"]["is_default"]
        settings.XAI_BASE_URL = "http://127.0.0.1:9"
        health = api.get(f"{AI}/health").json()
        assert (health["reachable"], health["detail"][:24]) == (False, "Grok cannot be reached r")

    def test_another_workspace_sees_nothing_of_it(self, sandbox: Running, api: APIClient, cast: Cast) -> None:
        uid = result(ask(api, "shorten"))["id"]
        stranger = caller(cast.charlie, cast.elsewhere)
        assert stranger.get(f"{AI}/generations/{uid}").status_code == 404
        assert stranger.get(f"{AI}/generations").json()["results"] == []
        assert stranger.get(f"{AI}/usage").json()["used"] == 0


class TidyTests:
    def test_words_are_forgotten_after_their_days_and_what_was_lost_is_closed(
        self, sandbox: Running, api: APIClient, cast: Cast
    ) -> None:
        ask(api, "shorten")
        ask(api, "shorten")
        old, lost = generations()
        with tenancy.system("test"):
            long_ago = timezone.now() - timedelta(days=91)
            Generation.objects.filter(pk=old.pk).update(created_at=long_ago)
            an_hour_ago = timezone.now() - timedelta(hours=1)
            Generation.objects.filter(pk=lost.pk).update(state="running", created_at=an_hour_ago)
        assert services.close_lost() == {"abandoned": 1, "given_back": 0}
        assert services.forget_words() == 1
        forgotten, closed = generations()
        assert (forgotten.text, forgotten.credits, closed.state) == ("", 1, "failed")

    def test_what_was_asked_and_lost_stays_spent_since_it_may_have_been_paid(
        self, sandbox: Running, api: APIClient
    ) -> None:
        ask(api, "shorten")
        with tenancy.system("test"):
            Generation.objects.update(state="running", credits=8, created_at=timezone.now() - timedelta(hours=1))
        services.close_lost()
        (row,) = generations()
        assert (row.state, row.error_code, row.credits) == ("failed", "abandoned", 8)

    def test_a_person_gets_what_was_written_for_them_and_a_workspace_what_is_its_own(
        self, sandbox: Running, api: APIClient, cast: Cast
    ) -> None:
        ask(api, "shorten")
        with tenancy.system("test"):
            sections = belongings.of_workspace(None, workspace=cast.workspace)
            assert [row["task"] for row in sections["Written with Grok"]] == ["shorten"]
            assert len(belongings.of_person(None, user=cast.alice)["Written with Grok"]) == 1
            assert belongings.of_person(None, user=cast.bob)["Written with Grok"] == []


def test_two_at_once_cannot_spend_the_same_credits(
    sandbox: Running, transactional_db: None, settings: Settings
) -> None:
    settings.AI_MONTHLY_CREDITS = 8
    cast = make_cast()
    with acting(cast.alice, cast.workspace) as actor:
        pass
    sandbox.control.settings(api_delay_ms=150)
    made = order(task="shorten", kinds=("transform",), text=TEXT)
    outcomes: list[str] = []

    def go() -> None:
        try:
            services.perform(actor=actor, order=made)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ai_credits_used_up", "ai_credits_used_up", "done"]
