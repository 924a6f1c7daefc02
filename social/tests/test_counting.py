"""Counting as X does: the shared cases, and the short way for plain texts."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twitter_text import parse_tweet

from social import platforms
from social.platforms.counting import COUNTERS, count, x_weighted

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "platforms" / "counting_cases.json").read_text(encoding="utf-8")
)["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_counts_the_shared_cases(case: dict[str, Any]) -> None:
    assert x_weighted(case["text"]) == case["length"]


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=120))
def test_the_short_way_counts_as_the_long_one(text: str) -> None:
    assert x_weighted(text) == parse_tweet(text).weightedLength


def test_every_platform_names_a_counter_that_exists() -> None:
    for platform in platforms.all():
        assert platform.capabilities.text.counter in COUNTERS


def test_an_unknown_counter_is_an_error() -> None:
    with pytest.raises(KeyError):
        count("text", counter="nobody-counts-so")
