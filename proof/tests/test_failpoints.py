"""Chaos kills at every point that the engine names, and the engine names no point that it does not pass."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

import posts.engine
from posts.engine import failpoints
from proof.chaos.plan import KILL_POINTS, make_plan


def passed() -> Iterator[str]:
    for folder in posts.engine.__path__:
        for file in Path(folder).glob("*.py"):
            yield from re.findall(r'failpoint\("(\w+)"\)', file.read_text())


def test_every_point_is_passed_and_deadly_in_chaos() -> None:
    assert set(passed()) == failpoints.POINTS == set(KILL_POINTS)


def test_a_point_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no failpoint"):
        failpoints.armed("after_lunch")


def test_a_draw_repeats_with_its_seed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fatal_passes(seed: int) -> list[int]:
        struck: list[int] = []
        failpoints.armed.cache_clear()
        settings.PUBLISH_FAILPOINT = f"after_send:0.3:{seed}"
        for number in range(50):
            monkeypatch.setattr(os, "kill", lambda *_args, at=number: struck.append(at))
            failpoints.failpoint("after_send")
            failpoints.failpoint("before_send")
        return struck

    assert fatal_passes(1) == fatal_passes(1)
    assert fatal_passes(1) != fatal_passes(2)
    assert 5 < len(fatal_passes(1)) < 25


def test_a_point_can_stop_a_process_instead(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: sent.append(number))
    settings.PUBLISH_FAILPOINT = "before_send:1:1:stop"
    failpoints.failpoint("before_send")
    assert sent == [signal.SIGSTOP]


def test_a_plan_repeats_with_its_seed() -> None:
    assert make_plan(1, 20, per_second=5, servers=True) == make_plan(1, 20, per_second=5, servers=True)
    assert make_plan(1, 20, per_second=5).posts != make_plan(2, 20, per_second=5).posts
    assert make_plan(1, 20, per_second=5).posts == make_plan(1, 20, per_second=5, servers=True, every=3).posts
