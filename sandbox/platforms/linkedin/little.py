"""LinkedIn's "little text": what a commentary shows (https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format).

A reserved character that is not escaped ends the text there, and LinkedIn still answers that all is well.
"""

import re

RESERVED = "\\|{}@[]()<>#*_~"
TOKEN = re.compile(
    r"\\(?P<escaped>[\\|{}@\[\]()<>#*_~])"
    r"|\{hashtag\|\\#\|(?P<template>[^{}|]+)\}"
    r"|@\[(?P<name>(?:\\.|[^\[\]\\])+)\]\((?P<urn>urn:li:(?:person|organization):[A-Za-z0-9_-]+)\)"
    r"|(?P<tag>(?<![^\W_])#(?=[^\W_]))"
    r"|(?P<broken>[\\|{}@\[\]()<>#*_~])"
)


def shown(commentary: str) -> str:
    """What readers see."""
    parts, at = [], 0
    for found in TOKEN.finditer(commentary):
        parts.append(commentary[at : found.start()])
        at = found.end()
        if found["broken"]:
            return "".join(parts)
        if found["template"]:
            parts.append(f"#{found['template']}")
        elif found["name"]:
            parts.append(re.sub(r"\\(.)", r"\1", found["name"]))
        else:
            parts.append(found["escaped"] or "#")
    return "".join([*parts, commentary[at:]])


def as_read(commentary: str) -> str:
    """As the API gives it back: hashtags have become templates."""
    return re.sub(r"(?<![\\\w])#([^\W_]+)", r"{hashtag|\\#|\1}", commentary)
