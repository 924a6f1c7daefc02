"""What comes after publishing, on every platform through its sandbox: numbers are read, and the post is deleted there."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from multivio import tenancy
from multivio.errors import Conflict
from posts import deleting, metrics, noting
from posts.deletion_models import Deletion
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Publication
from posts.services import delete_there
from posts.states import State
from posts.tests.conftest import Driven, Rows, publication_of
from posts.tests.factories import Cast, acting
from posts.tests.places import PLACES, connect_at, write_at
from sandbox.testing import Running
from social import platforms, tokens
from social.contract import Metric
from social.tests.hosting import Host

pytestmark = pytest.mark.real_commits
SETTLED_BY_LOOKING = 3
# Why it cannot be deleted from here, where it cannot.
CANNOT = {
    "tiktok": "TikTok lets no application delete posts. Delete it in the TikTok app.",
    "instagram": "Instagram lets no application delete posts of an account that was connected this way."
    " Delete it in the Instagram app.",
}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Where platforms that fetch media find what was uploaded."""
    serving = Host()
    monkeypatch.setattr("posts.engine.publish.pull_address", serving)
    monkeypatch.setattr("posts.engine.publish.jpeg_pull_address", serving)
    yield serving
    serving.close()


@pytest.fixture
def publish(
    sandbox: Running,
    cast: Cast,
    host: Host,
    driven: Driven,
    settings: Settings,
    owner_sql: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Publication]:
    """`publish(slug)`: a post that is public there, and noted."""
    settings.PUBLISH_CALL_TIMEOUT_SECONDS = 20
    connect = connect_at(sandbox, cast, monkeypatch)

    def make(slug: str, **options: str) -> Publication:
        post = write_at(cast, host, connect(slug), **options)
        driven.run()
        for _ in range(SETTLED_BY_LOOKING):
            if publication_of(post).state == State.PUBLISHED:
                break
            owner_sql("update posts_publication set next_check_at = now() where state = 'unknown'")
            driven.settle()
        assert publication_of(post).state == State.PUBLISHED
        noting.note()
        return publication_of(post)

    return make


def watch_of(publication: Publication) -> MetricsWatch:
    with tenancy.system("test"):
        found: MetricsWatch = MetricsWatch.objects.select_related("latest").get(publication=publication)
        return found


def make_due(owner_sql: Rows) -> None:
    owner_sql("update posts_metricswatch set due_at = now() - interval '1 second'")


def read_due() -> int:
    return sum(metrics.read(connection) for connection in metrics.due_connections())


def ask(cast: Cast, publication: Publication) -> Deletion:
    with acting(cast.alice, cast.workspace) as actor:
        return delete_there(actor=actor, publication=publication)


def deletion_of(publication: Publication) -> Deletion:
    with tenancy.system("test"):
        found: Deletion = Deletion.objects.get(publication=publication)
        return found


@pytest.mark.parametrize("slug", PLACES)
def test_numbers_are_read_and_then_it_is_deleted_there(
    slug: str,
    sandbox: Running,
    cast: Cast,
    publish: Callable[..., Publication],
    owner_sql: Rows,
) -> None:
    publication = publish(slug, **({"privacy_level": "PUBLIC_TO_EVERYONE"} if slug == "tiktok" else {}))
    assert read_due() == 0, "the first reading comes an hour after publishing"
    sandbox.control.advance(3 * 86_400)
    make_due(owner_sql)
    assert read_due() == 1
    reading = watch_of(publication).latest
    assert reading is not None
    told = {metric for metric in Metric if getattr(reading, metric) is not None}
    assert {Metric.REACTIONS, Metric.COMMENTS} <= told
    assert told < set(Metric), "no platform says everything, and what it does not say is not 0"

    if slug in CANNOT:
        with pytest.raises(Conflict) as caught:
            ask(cast, publication)
        assert caught.value.message == CANNOT[slug]
        return
    deletion = ask(cast, publication)
    assert deleting.due() == [deletion.pk]
    deleting.carry_out(deletion.pk)
    done = deletion_of(publication)
    assert (done.state, done.deleted, done.error_sentence) == ("done", [publication.remote_id], "")
    assert [one for one in sandbox.control.posts(slug) if "A lamp" in str(one["text"])] == []
    assert publication_of_pk(publication).state == State.PUBLISHED
    assert watch_of(publication).due_at is None


# What an account's statistics say of a post that somebody deleted; TikTok's and a LinkedIn member's do not say it.
SAYS_GONE = ["x", "facebook", "youtube", "threads"]


@pytest.mark.parametrize("slug", SAYS_GONE)
def test_what_somebody_deleted_there_is_found_gone_and_left_alone(
    slug: str, publish: Callable[..., Publication], owner_sql: Rows
) -> None:
    publication = publish(slug)
    platforms.get(slug).delete(tokens.account_for(publication.connection_id), publication.remote_id or "")
    for _ in range(2):
        assert watch_of(publication).due_at is not None, "it is asked about once more"
        make_due(owner_sql)
        assert read_due() == 0
    watch = watch_of(publication)
    assert watch.gone_at is not None
    assert watch.due_at is None


def publication_of_pk(publication: Publication) -> Publication:
    with tenancy.system("test"):
        found: Publication = Publication.objects.get(pk=publication.pk)
        return found


def test_the_columns_of_a_reading_are_the_names_of_the_contract() -> None:
    columns = {field.name for field in MetricsReading._meta.fields}
    assert columns - {"id", "workspace", "publication", "read_at"} == {metric.value for metric in Metric}
