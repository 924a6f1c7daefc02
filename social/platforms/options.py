"""What was chosen for a platform beside words and media, held against the options that the platform declares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from multivio.errors import Problem
from social.contract import Option, OptionKind
from social.platforms import sentences


def problems(chosen: Mapping[str, Any], declared: Sequence[Option], name: str) -> Iterator[Problem]:
    """Unknown, wrong and missing options, each at `options.<key>`."""
    known = {option.key: option for option in declared}
    for key, value in chosen.items():
        if key not in known:
            yield Problem(f"options.{key}", "unknown_option", sentences.unknown_option(name, key))
        elif value is not None and not _fits(known[key], value):
            yield Problem(f"options.{key}", "wrong_option", sentences.wrong_option(name, known[key]))
    for option in declared:
        if option.required and chosen.get(option.key) is None:
            yield Problem(f"options.{option.key}", "option_needed", sentences.option_needed(name, option.label))


def value(chosen: Mapping[str, Any], declared: Sequence[Option], key: str) -> Any:
    """What counts for `key`: what was chosen, or else the default. Raises KeyError for an option that is not declared."""
    option = next((one for one in declared if one.key == key), None)
    if option is None:
        raise KeyError(key)
    found = chosen.get(key)
    return option.default if found is None else found


def _fits(option: Option, value: Any) -> bool:
    return _FITS[option.kind](option, value)


def _is_text(option: Option, value: Any) -> bool:
    return isinstance(value, str) and (not option.limit or len(value) <= option.limit)


def _is_link(option: Option, value: Any) -> bool:
    if not _is_text(option, value):
        return False
    try:
        address = urlsplit(value)
    except ValueError:
        return False
    return address.scheme in {"http", "https"} and bool(address.hostname)


def _is_list(option: Option, value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or (option.most and len(value) > option.most):
        return False
    return all(_is_text(option, one) for one in value)


def _is_number(option: Option, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and option.least <= value <= (option.limit or value)


_FITS: dict[OptionKind, Callable[[Option, Any], bool]] = {
    OptionKind.SWITCH: lambda _option, value: isinstance(value, bool),
    OptionKind.CHOICE: lambda option, value: value in {choice for choice, _ in option.choices},
    OptionKind.TEXT: _is_text,
    OptionKind.LINK: _is_link,
    OptionKind.LIST: _is_list,
    OptionKind.NUMBER: _is_number,
}
