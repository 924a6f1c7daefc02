"""Write the browser's copy of twitter-text's tables, taken from the installed package.

The composer counts while one types, the server counts before it sends, and both must agree. So the patterns are not
typed again by hand: this command prints the package's own as `static/js/twitter-text.js`. Run it after an upgrade of
twitter-text-parser; a test fails when the file is stale.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from twitter_text.config import config
from twitter_text.extract_urls import max_tco_slug_length, max_url_length
from twitter_text.regexp.emoji import emoji_list
from twitter_text.regexp.extract_url import extract_url
from twitter_text.regexp.invalid_chars import invalid_chars
from twitter_text.regexp.invalid_url_without_protocol_preceding_chars import (
    invalid_url_without_protocol_preceding_chars,
)
from twitter_text.regexp.valid_ascii_domain import valid_ascii_domain
from twitter_text.regexp.valid_cctld import valid_cctld
from twitter_text.regexp.valid_gtld import valid_gtld
from twitter_text.regexp.valid_tco_url import valid_tco_url

TARGET = Path("static/js/twitter-text.js")
HEAD = "// Generated from twitter-text-parser by `manage.py export_counting`. Do not edit.\nexport default "

type_of_tree = dict[int, Any]
END = -1


def browser_module() -> str:
    """The whole file: patterns as sources for `new RegExp(source, "iu")`, the longest lists once, and the weights."""
    lists = {"gtld": valid_gtld.pattern, "cctld": valid_cctld.pattern}
    rules = config["defaults"]
    table = {
        "lists": {name: for_browsers(pattern) for name, pattern in lists.items()},
        "url": shared(extract_url.pattern, lists),
        "asciiDomain": shared(valid_ascii_domain.pattern, lists),
        "tco": for_browsers(valid_tco_url.pattern),
        "notBeforeBareDomain": for_browsers(invalid_url_without_protocol_preceding_chars.pattern),
        "invalid": for_browsers(invalid_chars.pattern),
        "emoji": emoji_pattern(),
        "maxUrl": max_url_length,
        "maxTcoSlug": max_tco_slug_length,
        "scale": rules["scale"],
        "defaultWeight": rules["default_weight"],
        "urlWeight": rules["transformed_url_length"] * rules["scale"],
        "ranges": [[each["start"], each["end"], each["weight"]] for each in rules["ranges"]],
    }
    return HEAD + json.dumps(table, ensure_ascii=False, indent=1) + ";\n"


def shared(pattern: str, lists: dict[str, str]) -> str:
    """A pattern with its copies of the long lists replaced by `#{name}`, so that they travel once."""
    for name, part in lists.items():
        pattern = pattern.replace(part, f"#{{{name}}}")
    return for_browsers(pattern)


def for_browsers(pattern: str) -> str:
    """Python's escapes in JavaScript's spelling; its `u` mode refuses a backslash before a plain character."""
    pattern = re.sub(r"\\U([0-9a-fA-F]{8})", lambda found: f"\\u{{{int(found[1], 16):x}}}", pattern)
    return re.sub(r"\\([!'#%&,:;<=>@_~\"])", r"\1", pattern)


def emoji_pattern() -> str:
    """One pattern for every emoji sequence the package knows; the longest wins, as in the package."""
    tree: type_of_tree = {}
    for entry in emoji_list:
        node = tree
        for code in entry.codepoint.split():
            node = node.setdefault(int(code, 16), {})
        node[END] = {}
    return branch(tree)


def branch(node: type_of_tree) -> str:
    """The pattern of what may follow: children that go on alike share one character class."""
    alike: dict[str, list[int]] = {}
    for code, child in node.items():
        if code != END:
            alike.setdefault(branch(child), []).append(code)
    ways = [character_class(codes) + rest for rest, codes in alike.items()]
    if not ways:
        return ""
    pattern = ways[0] if len(ways) == 1 and END not in node else f"(?:{'|'.join(ways)})"
    return pattern + ("?" if END in node else "")


def character_class(codes: list[int]) -> str:
    spans: list[list[int]] = []
    for code in sorted(codes):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    parts = [escaped(low) + ("" if low == high else f"-{escaped(high)}") for low, high in spans]
    return parts[0] if len(codes) == 1 else f"[{''.join(parts)}]"


def escaped(code: int) -> str:
    return f"\\u{{{code:x}}}" if code > 0xFFFF else f"\\u{code:04x}"


class Command(BaseCommand):
    help = "Write static/js/twitter-text.js from the installed twitter-text-parser."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Fail if the file differs; write nothing.")

    def handle(self, *args: object, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / TARGET
        fresh = browser_module()
        if not options["check"]:
            target.write_text(fresh, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != fresh:
            raise CommandError(f"{TARGET} is stale: run manage.py export_counting")
