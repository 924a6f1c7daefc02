"""How a post does, in words that mean the same on every platform."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Metric(StrEnum):
    """The product's names of numbers. All count from the post's beginning; each platform's file says which of its own it is."""

    IMPRESSIONS = "impressions"  # how often it was shown
    REACH = "reach"  # to how many people
    VIDEO_VIEWS = "video_views"
    REACTIONS = "reactions"  # likes and their kin
    COMMENTS = "comments"
    SHARES = "shares"  # with words of one's own or without
    SAVES = "saves"
    CLICKS = "clicks"
    WATCHED_MINUTES = "watched_minutes"
    FOLLOWERS_GAINED = "followers_gained"


@dataclass(frozen=True)
class Metrics:
    """Numbers of one post at this moment, by the names of Metric. What the platform does not say is left out, never 0.
    `is_gone`: the platform says that there is no such post, so somebody deleted it there."""

    values: Mapping[str, int]
    is_gone: bool = False


GONE = Metrics({}, is_gone=True)


def metrics_named(names: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics with these names, each once, in the order in which people read them."""
    wanted = set(names)
    return tuple(metric for metric in Metric if metric in wanted)
