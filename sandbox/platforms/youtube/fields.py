"""The sections of a video that its owner writes: how they are checked and shown
(https://developers.google.com/youtube/v3/docs/videos#properties)."""

from typing import Any

from sandbox.calls import Call
from sandbox.clock import iso, parse_iso
from sandbox.platforms.youtube import answers

SNIPPET: dict[str, Any] = {
    "title": str,
    "description": str,
    "tags": list,
    "categoryId": str,
    "defaultLanguage": str,
    "defaultAudioLanguage": str,
}
STATUS: dict[str, Any] = {
    "privacyStatus": str,
    "publishAt": str,
    "selfDeclaredMadeForKids": bool,
    "containsSyntheticMedia": bool,
    "embeddable": bool,
    "license": str,
    "publicStatsViewable": bool,
}
SCHEMA: dict[str, Any] = {"id": str, "kind": str, "snippet": SNIPPET, "status": STATUS}
WRITABLE = ("snippet", "status", "recordingDetails", "localizations")
CATEGORIES = {
    "1": "Film & Animation",
    "2": "Autos & Vehicles",
    "10": "Music",
    "15": "Pets & Animals",
    "17": "Sports",
    "19": "Travel & Events",
    "20": "Gaming",
    "22": "People & Blogs",
    "23": "Comedy",
    "24": "Entertainment",
    "25": "News & Politics",
    "26": "Howto & Style",
    "27": "Education",
    "28": "Science & Technology",
    "29": "Nonprofits & Activism",
}
NOT_ASSIGNABLE = {"18": "Short Movies", "30": "Movies", "43": "Shows", "44": "Trailers"}
PRIVACIES = ("public", "unlisted", "private")
MOST_TITLE = 100
MOST_DESCRIPTION_BYTES = 5000
MOST_TAGS = 500
PLAIN: dict[str, Any] = {
    "title": "unknown",
    "description": "",
    "tags": [],
    "category_id": "22",
    "language": "",
    "privacy": "public",
    "publish_at": None,
    "made_for_kids": None,
    "synthetic": False,
    "embeddable": True,
    "license": "youtube",
    "stats_viewable": True,
}


def snippet_of(said: dict[str, Any], *, is_update: bool) -> dict[str, Any]:
    """The snippet as it will be. On an update title and category may not be missing, and what is not named is erased."""
    title, description = said.get("title", PLAIN["title"]), said.get("description", "")
    if (is_update and not said.get("title")) or not str(title).strip() or len(title) > MOST_TITLE or _brackets(title):
        raise answers.invalid(
            "invalidTitle", "The request metadata specifies an invalid or empty video title.", "snippet.title"
        )
    if len(description.encode()) > MOST_DESCRIPTION_BYTES or _brackets(description):
        message = "The request metadata specifies an invalid video description."
        raise answers.invalid("invalidDescription", message, "snippet.description")
    tags = said.get("tags", [])
    if (
        not all(isinstance(tag, str) and tag for tag in tags)
        or tags_length(tags) > MOST_TAGS
        or _brackets("".join(tags))
    ):
        message = "The request metadata specifies invalid video keywords."
        raise answers.invalid("invalidTags", message, "snippet.tags")
    category = said.get("categoryId", "" if is_update else PLAIN["category_id"])
    if category not in CATEGORIES:
        message = "The request metadata specifies an invalid video category."
        raise answers.invalid("invalidCategoryId", message, "snippet.categoryId")
    language = said.get("defaultLanguage", "")
    return {"title": title, "description": description, "tags": tags, "category_id": category, "language": language}


def status_of(call: Call, said: dict[str, Any]) -> dict[str, Any]:
    """The status as it will be; what is not named goes back to what is usual."""
    privacy, license_ = said.get("privacyStatus", PLAIN["privacy"]), said.get("license", PLAIN["license"])
    if privacy not in PRIVACIES:
        raise answers.invalid("invalidVideoMetadata", "The request metadata is invalid.", "status.privacyStatus")
    if license_ not in ("youtube", "creativeCommon"):
        message = "The request attempts to set an invalid license for the video."
        raise answers.refused(403, "forbiddenLicenseSetting", message, location="body.status.license")
    return {
        "privacy": privacy,
        "publish_at": _publish_at(call, said, privacy),
        "made_for_kids": said.get("selfDeclaredMadeForKids"),
        "synthetic": said.get("containsSyntheticMedia", False),
        "embeddable": said.get("embeddable", True),
        "license": license_,
        "stats_viewable": said.get("publicStatsViewable", True),
    }


def _publish_at(call: Call, said: dict[str, Any], privacy: str) -> float | None:
    if "publishAt" not in said:
        return None
    try:
        moment = parse_iso(said["publishAt"])
    except ValueError:
        moment = 0.0
    if privacy != "private" or moment <= call.world.clock.now():
        message = "The request metadata specifies an invalid scheduled publishing time."
        raise answers.invalid("invalidPublishAt", message, "status.publishAt")
    return moment


def shown_snippet(fields: dict[str, Any]) -> dict[str, Any]:
    shown = {name: fields[name] for name in ("title", "description")}
    shown |= {"tags": fields["tags"]} if fields["tags"] else {}
    shown |= {"defaultLanguage": fields["language"]} if fields["language"] else {}
    return shown | {"categoryId": fields["category_id"]}


def shown_status(fields: dict[str, Any], privacy: str) -> dict[str, Any]:
    shown = {
        "privacyStatus": privacy,
        "license": fields["license"],
        "embeddable": fields["embeddable"],
        "publicStatsViewable": fields["stats_viewable"],
        "madeForKids": bool(fields["made_for_kids"]),
        "containsSyntheticMedia": fields["synthetic"],
    }
    if fields["made_for_kids"] is not None:
        shown["selfDeclaredMadeForKids"] = fields["made_for_kids"]
    if fields["publish_at"] is not None and privacy == "private":
        shown["publishAt"] = iso(fields["publish_at"])
    return shown


def tags_length(tags: list[str]) -> int:
    """A comma between two, and quotes around one with a space, count as well."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)


def check_sections(call: Call, said: dict[str, Any], named: list[str]) -> None:
    """Every section of the body must be named in `part`."""
    for section in ("snippet", "status"):
        if section in said and section not in named:
            message = f"The request body holds the section {section}, which part does not name."
            raise answers.refused(400, "unexpectedPart", message, domain="youtube.part", location="part")


def _brackets(text: str) -> bool:
    return "<" in text or ">" in text
