"""`/api/v1/publications/{id}`: deleted on the platform, and its numbers."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.roles import Role
from multivio import tenancy
from posts.deletion_models import Deletion
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Publication
from posts.tests.callers import caller
from posts.tests.factories import Cast, add_member, make_connection, make_post, make_user
from posts.tests.pages import put_into


@pytest.fixture
def publication(cast: Cast) -> Publication:
    return put_into(make_post(cast.alice, cast.workspace, make_connection(cast.workspace)), "published")


def address(publication: Publication, action: str = "") -> str:
    return f"/api/v1/publications/{publication.uid}{action}"


def read_once(publication: Publication, **values: int) -> MetricsReading:
    with tenancy.system("test set-up"):
        workspace = {"workspace_id": publication.workspace_id}
        reading = MetricsReading.objects.create(publication=publication, **workspace, **values)
        watch, _ = MetricsWatch.objects.get_or_create(
            publication=publication, defaults={**workspace, "published_at": timezone.now()}
        )
        MetricsWatch.objects.filter(pk=watch.pk).update(latest=reading)
        return reading


def test_it_is_asked_for_once_however_often_it_is_sent(api: APIClient, publication: Publication) -> None:
    before = api.get(address(publication)).json()
    assert (before["deletion"], before["metrics"], before["gone_at"]) == (None, None, None)
    for _ in range(2):
        answer = api.post(address(publication, "/delete-remote"))
        assert answer.status_code == 200
        deletion = answer.json()["deletion"]
        assert (deletion["state"], deletion["asked_by"], deletion["error"]) == ("asked", {"name": "Alice"}, None)
    assert answer.json()["state"] == "published"
    with tenancy.system("test"):
        assert Deletion.objects.count() == 1


def test_what_cannot_be_deleted_from_here_says_why(api: APIClient, cast: Cast) -> None:
    account = make_connection(cast.workspace, platform="tiktok")
    publication = put_into(make_post(cast.alice, cast.workspace, account), "published")
    answer = api.post(address(publication, "/delete-remote"))
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_delete")
    assert answer.json()["detail"] == "TikTok lets no application delete posts. Delete it in the TikTok app."


def test_who_may_only_write_may_neither_delete_nor_who_only_reads_refresh(cast: Cast, publication: Publication) -> None:
    for role, action in ((Role.CONTRIBUTOR, "/delete-remote"), (Role.VIEWER, "/metrics/refresh")):
        somebody = make_user(str(role))
        add_member(cast.workspace, somebody, role)
        assert caller(somebody, cast.workspace).post(address(publication, action)).status_code == 403


def test_the_newest_numbers_are_in_every_answer_and_all_of_them_at_their_own_address(
    api: APIClient, publication: Publication
) -> None:
    first = read_once(publication, impressions=10, reactions=0)
    with tenancy.system("test set-up"):
        MetricsReading.objects.filter(pk=first.pk).update(read_at=timezone.now() - timedelta(hours=5))
    read_once(publication, impressions=1234, reactions=5)
    listed = api.get("/api/v1/publications").json()["results"][0]["metrics"]
    assert (listed["impressions"], listed["reactions"], listed["clicks"]) == (1234, 5, None)
    answer = api.get(address(publication, "/metrics")).json()
    assert [row["impressions"] for row in answer["results"]] == [1234, 10]
    assert answer["results"][1]["reactions"] == 0
    assert answer["why_none"] == ""


def test_a_refresh_is_limited(api: APIClient, publication: Publication) -> None:
    assert api.post(address(publication, "/metrics/refresh")).status_code == 200
    again = api.post(address(publication, "/metrics/refresh"))
    assert again.status_code == 429
    assert int(again["Retry-After"]) > 60


def test_platforms_say_what_can_be_done_afterwards(api: APIClient) -> None:
    x, tiktok = (api.get(f"/api/v1/platforms/{slug}/capabilities").json() for slug in ("x", "tiktok"))
    assert (x["deletes"], x["why_no_delete"]) == (True, "")
    assert (tiktok["deletes"], tiktok["why_no_delete"][:37]) == (False, "TikTok lets no application delete pos")
    assert x["metrics"] == ["impressions", "reactions", "comments", "shares", "saves"]
