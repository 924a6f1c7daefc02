"""Settings of time that would break publishing are said by the system checks."""

import pytest
from pytest_django import Settings

from multivio.checks import timed


def ids(settings: Settings, call: int, lease: int) -> list[str | None]:
    settings.PUBLISH_CALL_TIMEOUT_SECONDS, settings.PUBLISH_LEASE_SECONDS = call, lease
    return [found.id for found in timed(None)]


@pytest.mark.parametrize(
    ("call", "lease", "wanted"),
    [
        (30, 60, []),
        (20, 21, []),
        (60, 60, ["multivio.E004"]),
        (19, 60, ["multivio.W005"]),
        (10, 5, ["multivio.E004", "multivio.W005"]),
    ],
)
def test_a_call_is_long_enough_and_ends_before_its_lease(
    settings: Settings, call: int, lease: int, wanted: list[str]
) -> None:
    assert ids(settings, call, lease) == wanted
