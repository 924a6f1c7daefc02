"""Versions that somebody could choose between: which was taken, into which posts, and how those did."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Workspace
from ai import catalogue
from ai.models import Generation
from posts.metrics_models import MetricsReading, MetricsWatch
from posts.models import Post, Publication
from posts.states import State
from posts.words.comparing import Tally, better, closest
from posts.words.models import GenerationUse
from social import platforms

USUAL_DAYS = 90
ORDINALS = ("first", "second", "third", "fourth")
SEEN = ("impressions", "reach", "video_views")  # the first that a platform says
REACTED = ("reactions", "comments", "shares", "saves", "clicks")


@dataclass
class Version:
    """One of them, and the publications that carry its words."""

    generation: Generation
    publications: list[Publication] = field(default_factory=list)

    def on(self, platform: str) -> Tally:
        return sum((tally_of(each) for each in self.publications if each.platform == platform), Tally())

    @property
    def published(self) -> list[tuple[Publication, Tally]]:
        return [(each, tally_of(each)) for each in self.publications]

    @property
    def platforms(self) -> list[str]:
        return list(dict.fromkeys(each.platform for each in self.publications))


@dataclass
class Comparison:
    """The versions of one question, oldest first, and what can be said about them."""

    choice: UUID
    versions: list[Version]
    findings: list[str] = field(default_factory=list)

    @property
    def first(self) -> Generation:
        return self.versions[0].generation

    @property
    def task(self) -> str:
        slug = self.first.task
        found = catalogue.tasks().get(slug)
        return found.name if found else slug


def choices(workspace: Workspace) -> QuerySet[Generation]:
    """Of each question with several versions the first that was written: what lists go through."""
    earlier = Generation.objects.filter(workspace=workspace, choice=OuterRef("choice"), pk__lt=OuterRef("pk"))
    rows = Generation.objects.filter(workspace=workspace, choice__isnull=False)
    return rows.filter(~Exists(earlier)).order_by("-created_at", "-id")


def comparisons(workspace: Workspace, firsts: Sequence[Generation]) -> list[Comparison]:
    """What became of these questions' versions, in four queries however many there are."""
    rows = Generation.objects.filter(workspace=workspace, choice__in=[each.choice for each in firsts]).order_by("pk")
    grouped: dict[Any, list[Version]] = defaultdict(list)
    for row in rows:
        grouped[row.choice].append(Version(row))
    everything = [version for versions in grouped.values() for version in versions]
    _attach(workspace, everything)
    usual = _usual(workspace, {each.connection_id for version in everything for each in version.publications})
    found = [Comparison(each.choice, grouped[each.choice]) for each in firsts if each.choice is not None]
    for each in found:
        each.findings = findings(each.versions, usual)
    return found


def _attach(workspace: Workspace, versions: Sequence[Version]) -> None:
    """Give each version what was published of it. A post that holds several versions gives each publication to the one that
    its text is closest to."""
    by_generation = {each.generation.pk: each for each in versions}
    uses = GenerationUse.objects.filter(workspace=workspace, generation__in=by_generation).order_by("pk")
    in_post: dict[int, list[Version]] = defaultdict(list)
    for use in uses:
        in_post[use.post_id].append(by_generation[use.generation_id])
    public = Publication.objects.in_workspace(workspace.pk).filter(post__in=in_post, state=State.PUBLISHED)
    for publication in public.select_related("connection", "post", "watch__latest").order_by("pk"):
        for version in _carried(publication, in_post[publication.post_id]):
            version.publications.append(publication)


def _carried(publication: Publication, candidates: Sequence[Version]) -> list[Version]:
    """Of each question's versions at most one."""
    by_choice: dict[Any, list[Version]] = defaultdict(list)
    for each in candidates:
        by_choice[each.generation.choice].append(each)
    return [found for group in by_choice.values() if (found := _one_of(publication, group)) is not None]


def _one_of(publication: Publication, group: Sequence[Version]) -> Version | None:
    if len(group) == 1:
        return group[0]
    text = "\n".join(publication.own_texts or publication.post.texts)
    at = closest(text, [each.generation.text for each in group])
    return None if at is None else group[at]


def carried(post: Post, rows: Iterable[Generation]) -> list[Generation]:
    """Those whose words are in the post. Of versions to choose between, one that another took the place of is not."""
    own = Publication.objects.filter(post=post).values_list("own_texts", flat=True)
    texts = ["\n".join(post.texts), *("\n".join(each) for each in own if each)]
    by_choice: dict[Any, list[Generation]] = defaultdict(list)
    for row in rows:
        by_choice[row.choice or row.uid].append(row)
    found = []
    for group in by_choice.values():
        kept = {closest(text, [each.text for each in group]) for text in texts} if len(group) > 1 else {0}
        found += [each for at, each in enumerate(group) if at in kept]
    return found


def tally_of(publication: Publication) -> Tally:
    """Nothing, where the platform did not say how many saw it."""
    watch: MetricsWatch | None = getattr(publication, "watch", None)
    return _tally(watch.latest) if watch and watch.latest else Tally()


def _tally(reading: MetricsReading) -> Tally:
    seen = next((value for name in SEEN if (value := getattr(reading, name)) is not None), 0)
    return Tally(seen, sum(getattr(reading, name) or 0 for name in REACTED) if seen else 0)


def _usual(workspace: Workspace, connections: Iterable[int]) -> dict[int, Tally]:
    """What everything that an account published of late was seen and reacted to."""
    recent = MetricsWatch.objects.filter(
        workspace=workspace,
        publication__connection__in=list(connections),
        published_at__gte=timezone.now() - timedelta(days=USUAL_DAYS),
    )
    seen = Coalesce(*(F(f"latest__{name}") for name in SEEN))
    reacted = sum((Coalesce(F(f"latest__{name}"), 0) for name in REACTED[1:]), Coalesce(F(f"latest__{REACTED[0]}"), 0))
    rows = (
        recent.annotate(seen=seen, reacted=reacted)
        .filter(seen__gt=0)
        .values("publication__connection")
        .annotate(all_seen=Sum("seen"), all_reacted=Sum("reacted"))
    )
    return {row["publication__connection"]: Tally(row["all_seen"], row["all_reacted"]) for row in rows}


# -- what can be said ---------------------------------------------------------------------------------------------------


def findings(versions: Sequence[Version], usual: dict[int, Tally]) -> list[str]:
    """One sentence for each platform on which something is public; against each other where two are, else against what is
    usual there."""
    names = list(dict.fromkeys(name for each in versions for name in each.platforms))
    if not names:
        return ["None of them has been published yet."]
    return [_finding(name, versions, usual) for name in names]


def _finding(platform: str, versions: Sequence[Version], usual: dict[int, Tally]) -> str:
    name = platforms.get(platform).name
    public = [(at, each.on(platform)) for at, each in enumerate(versions) if platform in each.platforms]
    if not any(tally.seen for _, tally in public):
        return f"{name}: no numbers yet of how many saw it."
    if len(public) == 1:
        at, tally = public[0]
        return _against_usual(name, at, tally, _others(versions[at], platform, usual))
    (at, one), (other_at, other) = sorted(public, key=lambda pair: -pair[1].share)[:2]
    shares = f"{one.in_words} of those who saw the {_nth(at)} did something with it, {other.in_words} of the {_nth(other_at)}"
    match better(one, other):
        case None:
            return f"{name}: too few people saw both to compare them ({one.seen:,} and {other.seen:,})."
        case 0:
            return f"{name}: no clear difference. {shares}."
        case _:
            return f"{name}: the {_nth(at)} did better. {shares}."


def _others(version: Version, platform: str, usual: dict[int, Tally]) -> Tally:
    """What is usual on the accounts it is on, itself left out."""
    own = [each for each in version.publications if each.platform == platform]
    accounts = {each.connection_id for each in own}
    total = sum((usual.get(each, Tally()) for each in accounts), Tally())
    since = timezone.now() - timedelta(days=USUAL_DAYS)
    counted = (tally_of(each) for each in own if _published_at(each) >= since)
    return total - sum(counted, Tally())


def _published_at(publication: Publication) -> datetime:
    watch: MetricsWatch | None = getattr(publication, "watch", None)
    return watch.published_at if watch else datetime.min.replace(tzinfo=UTC)


def _against_usual(name: str, at: int, tally: Tally, others: Tally) -> str:
    shares = f"{tally.in_words} of those who saw it did something with it, {others.in_words} of your other posts there"
    match better(tally, others):
        case None:
            return f"{name}: the {_nth(at)} alone was published; too few numbers yet to say how it did."
        case 0:
            return f"{name}: the {_nth(at)} alone was published, and did as well as usual. {shares}."
        case 1:
            return f"{name}: the {_nth(at)} alone was published, and did better than usual. {shares}."
        case _:
            return f"{name}: the {_nth(at)} alone was published, and did worse than usual. {shares}."


def _nth(at: int) -> str:
    return ORDINALS[at] if at < len(ORDINALS) else f"{at + 1}th"
