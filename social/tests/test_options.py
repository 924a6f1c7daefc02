"""Options that a platform declares, held against what somebody chose."""

from typing import Any

import pytest

from social.contract import Option, OptionKind
from social.platforms import options

DECLARED = (
    Option(
        "privacy", OptionKind.CHOICE, "Who can see it", choices=(("all", "Everybody"), ("me", "Only me")), required=True
    ),
    Option("comments", OptionKind.SWITCH, "Comments", default=True),
    Option("title", OptionKind.TEXT, "Title", limit=5),
    Option("link", OptionKind.LINK, "Link"),
    Option("tags", OptionKind.LIST, "Tags", limit=4, most=2),
    Option("cover", OptionKind.NUMBER, "Cover", limit=900),
)


def codes(**chosen: Any) -> set[tuple[str, str]]:
    return {(found.field, found.code) for found in options.problems(chosen, DECLARED, "Here")}


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"comments": False},
        {"comments": None},
        {"title": "12345"},
        {"link": "https://example.com/a?b=c"},
        {"tags": ["a", "bcde"]},
        {"cover": 0},
    ],
)
def test_what_fits_is_taken(chosen: dict[str, Any]) -> None:
    assert codes(privacy="me", **chosen) == set()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("privacy", "some"),
        ("comments", "yes"),
        ("comments", 1),
        ("title", "123456"),
        ("title", 5),
        ("link", "javascript:alert(1)"),
        ("link", "/here"),
        ("link", "https://[bad"),
        ("tags", ["a", "b", "c"]),
        ("tags", ["abcde"]),
        ("tags", "ab"),
        ("cover", 901),
        ("cover", -1),
        ("cover", True),
    ],
)
def test_what_does_not_fit_is_named(key: str, value: Any) -> None:
    assert codes(**{"privacy": "me", key: value}) == {(f"options.{key}", "wrong_option")}


def test_an_option_that_nobody_declared_is_named() -> None:
    assert codes(privacy="me", colour="red") == {("options.colour", "unknown_option")}


def test_what_has_to_be_chosen_on_purpose_is_asked_for() -> None:
    assert codes() == {("options.privacy", "option_needed")}


def test_what_was_not_chosen_has_its_default() -> None:
    assert options.value({}, DECLARED, "comments") is True
    assert options.value({"comments": False}, DECLARED, "comments") is False
    assert options.value({"comments": None}, DECLARED, "comments") is True
