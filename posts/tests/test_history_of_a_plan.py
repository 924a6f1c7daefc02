"""How far back a plan shows the past: the same by page and by API, and nothing is lost by it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import audit
from billing import limits
from billing.services import give_plan
from billing.tests.conftest import SELLS
from multivio import tenancy
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Post, Publication
from posts.tests import outcomes
from posts.tests.conftest import publication_of
from posts.tests.factories import NOW, Cast, acting, make_connection, make_post
from posts.tests.pages import browser


@pytest.fixture(autouse=True)
def selling(settings: Any) -> Any:
    for name, value in SELLS.items():
        setattr(settings, name, value)
    return settings


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast.alice)


def give(cast: Cast, plan: str) -> None:
    ends_at = timezone.now() + timedelta(days=30)
    give_plan(staff=None, workspace=cast.workspace, plan=plan, reason="for a test", ends_at=ends_at)


def published(cast: Cast, days_ago: float) -> Post:
    """With numbers that were read."""
    post = make_post(cast.alice, cast.workspace, make_connection(cast.workspace), plan=NOW())
    outcomes.public(post)
    with tenancy.system("test"):
        row = publication_of(post)
        moment = timezone.now() - timedelta(days=days_ago)
        Publication.objects.filter(pk=row.pk).update(finished_at=moment)
        reading = MetricsReading.objects.create(
            workspace=cast.workspace, publication=row, read_at=moment, impressions=4321
        )
        MetricsWatch.objects.update_or_create(
            publication=row, defaults={"workspace": cast.workspace, "latest": reading, "published_at": moment}
        )
    return post


def shown(cast: Cast, client: Client, post: Post) -> tuple[bool, bool, int]:
    """Whether its numbers are on its page, in its answer by the API, and how many readings that gives."""
    uid = publication_of(post).uid
    page = client.get(f"/w/{cast.workspace.slug}/posts/{post.uid}/").content.decode()
    said = client.get(f"/api/v1/publications/{uid}").json()
    listed = client.get(f"/api/v1/posts/{post.uid}").json()["publications"][0]
    assert said["metrics"] == listed["metrics"]
    assert (said["metrics"] is None) == said["metrics_kept_back"] == ("Older is kept" in page)
    readings = client.get(f"/api/v1/publications/{uid}/metrics").json()
    return "4,321" in page, said["metrics"] is not None, len(readings["results"])


class TestNumbers:
    def test_older_than_the_plan_shows_are_kept_back_at_every_door_and_come_back(
        self, cast: Cast, client: Client
    ) -> None:
        fresh, old = published(cast, 29), published(cast, 31)
        assert shown(cast, client, fresh) == (True, True, 1)
        assert shown(cast, client, old) == (False, False, 0)
        give(cast, "creator")
        assert shown(cast, client, old) == (True, True, 1)

    def test_where_nothing_is_sold_all_are_shown(self, cast: Cast, client: Client, selling: Any) -> None:
        selling.BILLING_ENABLED = False
        assert shown(cast, client, published(cast, 4000)) == (True, True, 1)


@pytest.mark.real_commits
class TestTheTrail:
    @pytest.fixture(autouse=True)
    def entries(self, cast: Cast, owner_sql: Callable[..., object]) -> None:
        """The trail is append-only for the product; its owner moves entries back."""
        for action, days in (("workspace.fresh", 29), ("workspace.older", 31)):
            with acting(cast.alice, cast.workspace) as actor:
                audit.record(
                    actor=actor, action=action, target=cast.workspace, workspace=cast.workspace, reason=f"Note {action}"
                )
            owner_sql(
                "update accounts_auditentry set at = at - make_interval(days => %s) where action = %s returning id",
                [days, action],
            )

    def doors(self, cast: Cast, client: Client) -> dict[str, set[str]]:
        trail = f"/w/{cast.workspace.slug}/settings/audit/"
        by_page = client.get(trail).content.decode()
        by_api = {each["action"] for each in client.get("/api/v1/audit").json()["results"]}
        with_filter = client.get("/api/v1/audit?since=2020-01-01").json()["results"]
        assert {each["action"] for each in with_filter} == by_api
        names = ("workspace.fresh", "workspace.older")
        return {"page": {name for name in names if f"Note {name}" in by_page}, "api": by_api & set(names)}

    def test_page_and_api_end_at_the_same_day_and_the_file_has_all(self, cast: Cast, client: Client) -> None:
        assert self.doors(cast, client) == {"page": {"workspace.fresh"}, "api": {"workspace.fresh"}}
        assert (
            "Free shows the last 30 days. Older is kept"
            in client.get(f"/w/{cast.workspace.slug}/settings/audit/").content.decode()
        )
        give(cast, "creator")
        both = {"workspace.fresh", "workspace.older"}
        assert self.doors(cast, client) == {"page": both, "api": both}

    def test_the_file_has_all(self, cast: Cast) -> None:
        from accounts.trail import exporting  # noqa: PLC0415 - only here
        from accounts.trail.reading import Filters  # noqa: PLC0415 - only here

        with acting(cast.alice, cast.workspace) as actor:
            found = exporting._some(actor, Filters(), None)
        assert {"workspace.fresh", "workspace.older"} <= {entry.action for entry in found}


def test_agency_sees_all_of_it(cast: Cast) -> None:
    give(cast, "agency")
    with acting(cast.alice, cast.workspace):
        assert limits.history_since(cast.workspace) is None
