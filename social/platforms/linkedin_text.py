"""LinkedIn's "little text" (https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format).

A reserved character that is not escaped ends the text there without a word, so counting, sending and comparing use one
rule. static/js/counting.js has the same one for the browser; social/platforms/counting_cases.json holds them together.
"""

import re
import unicodedata

# A mention names somebody by URN and stays as it is. A number sign stays bare where it begins a hashtag.
SPECIAL = re.compile(
    r"@\[(?P<name>[^\[\]\n]{1,200})\]\((?P<urn>urn:li:(?:person|organization):[A-Za-z0-9_-]+)\)"
    r"|(?P<tag>(?<!\w)#(?=[^\W_]))"
    r"|(?P<reserved>[\\|{}@\[\]()<>#*_~])"
)
ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")
TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^{}|]+)\}")
MENTION = re.compile(r"@\[((?:\\.|[^\[\]\\])+)\]\(urn:li:(?:person|organization):[A-Za-z0-9_-]+\)")


def escaped(text: str) -> str:
    """The text as LinkedIn wants it."""
    return SPECIAL.sub(_escape, text)


def length(text: str) -> int:
    """How long it is once it is escaped: whether LinkedIn counts the backslashes is not documented."""
    return len(escaped(text))


def plain(commentary: str) -> str:
    """One spelling for what shows alike: hashtags that LinkedIn turned into templates, escapes, mentions, line ends."""
    words = TEMPLATE.sub(r"#\1", commentary)
    words = ESCAPED.sub(r"\1", MENTION.sub(r"\1", words))
    lines = unicodedata.normalize("NFC", words).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _escape(found: re.Match[str]) -> str:
    if found["reserved"]:
        return f"\\{found['reserved']}"
    if found["tag"]:
        return "#"
    return f"@[{_name(found['name'])}]({found['urn']})"


def _name(name: str) -> str:
    return re.sub(r"([\\|{}@()<>#*_~])", r"\\\1", name)
