"""What the set-up doctor says of YouTube to whoever runs the installation."""

from typing import Any

import pytest

from social import doctor
from social.platforms import youtube_quota


def findings() -> dict[str, str]:
    """Sentence -> level."""
    (report,) = [one for one in doctor.examine(ask=False) if one.platform.slug == "youtube"]
    return {finding.sentence: finding.level for finding in report.findings}


@pytest.fixture(autouse=True)
def real(settings: Any) -> None:
    settings.YOUTUBE_ON_SANDBOX = False


@pytest.mark.parametrize(("used", "level"), [(0, "ok"), (79, "ok"), (80, "warn"), (100, "warn")])
def test_the_uploads_of_the_day_are_told(monkeypatch: pytest.MonkeyPatch, used: int, level: str) -> None:
    monkeypatch.setattr(youtube_quota, "uploads_today", lambda: used)
    assert findings()[f"{used} of 100 uploads of today are used."] == level


@pytest.mark.parametrize(("only_private", "level"), [(False, "ok"), (True, "warn")])
def test_the_audit_is_told(settings: Any, only_private: bool, level: str) -> None:
    settings.YOUTUBE_ONLY_PRIVATE = only_private
    told = {sentence: found for sentence, found in findings().items() if "private" in sentence}
    assert list(told.values()) == [level]


def test_in_the_sandbox_nobody_is_bothered_with_it(settings: Any) -> None:
    settings.YOUTUBE_ON_SANDBOX = True
    assert not any("uploads of today" in sentence for sentence in findings())


def test_the_address_to_register_is_named() -> None:
    (report,) = [one for one in doctor.examine(ask=False) if one.platform.slug == "youtube"]
    assert "http://localhost:8000/connections/callback/youtube" in report.addresses
