"""Making containers (https://developers.facebook.com/docs/threads/reference/publishing#post---threads-user-id--threads)."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from sandbox.calls import Call, Problem, Reply
from sandbox.platforms import containers, graph, looking
from sandbox.platforms.threads import posts, publishing, text
from sandbox.store import Row

WORDS_ONLY = ("link_attachment", "poll_attachment", "quote_post_id", "gif_attachment", "text_attachment")
KNOWN = frozenset(
    {
        *("access_token", "media_type", "text", "image_url", "video_url", "alt_text", "is_carousel_item", "children"),
        *("reply_to_id", "reply_control", "topic_tag", "auto_publish_text", "is_ghost_post", "location_id"),
        *("allowlisted_country_codes", *WORDS_ONLY),
    }
)
AUDIENCES = ("everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only", "followers_only")
MOST_ALT = 1000
MOST_ANSWER = 25
SMALLEST_CAROUSEL, LARGEST_CAROUSEL = 2, 20
MOST_IMAGE_BYTES = 8 * 1024**2
MOST_RATIO = 10
LONGEST_VIDEO = 300
FRAME_RATES = (23, 60)
CODECS = frozenset({"h264", "hevc"})
REASONS = (
    *("FAILED_DOWNLOADING_VIDEO", "FAILED_PROCESSING_AUDIO", "FAILED_PROCESSING_VIDEO", "INVALID_ASPEC_RATIO"),
    *("INVALID_BIT_RATE", "INVALID_DURATION", "INVALID_FRAME_RATE", "INVALID_AUDIO_CHANNELS"),
    *("INVALID_AUDIO_CHANNEL_LAYOUT", "UNKNOWN"),
)


async def fetch(call: Call) -> None:
    """Get the picture or video from where it is said to be, and look what it is."""
    # Kept, since what is fetched takes the place of what was sent.
    said = call.notes["said"] = graph.params(call)
    kind = {"IMAGE": "image", "VIDEO": "video"}.get(str(said.get("media_type")), "")
    address = str(said.get(f"{kind}_url", "")) if kind else ""
    if not address:
        return
    await containers.gather(call, address, kind=kind)
    if call.upload is None or call.upload.file is None:
        return
    if kind == "image":
        call.notes["failure"] = _image_problem(call)
    else:
        call.notes["failure"] = await asyncio.to_thread(_video_problem, call)


def create(call: Call) -> Reply:
    """Check everything that can be checked, and start filling it."""
    said = call.notes["said"]
    unknown = sorted(set(said) - KNOWN)
    if unknown:
        raise graph.invalid(f"Unknown parameter: {unknown[0]}")
    kind = str(said.get("media_type", ""))
    if kind not in ("TEXT", "IMAGE", "VIDEO", "CAROUSEL"):
        raise graph.invalid("Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}")
    details = _details(call, kind, said)
    children = _children(call, said) if kind == "CAROUSEL" else ()
    row = containers.create(
        call,
        kind=kind,
        details=details,
        seconds=_seconds(call, kind),
        failure=_failure(call, kind),
        media_type={"IMAGE": "image/jpeg", "VIDEO": "video/mp4"}.get(kind, ""),
        children=children,
        is_child=details["is_child"],
    )
    if graph.truth(said.get("auto_publish_text"), default=False):
        if kind != "TEXT":
            raise graph.invalid("Param auto_publish_text is for text posts only")
        return publishing.publish_row(call, row)
    return Reply(200, {"id": str(row["id"])}, effect={"container_id": str(row["id"]), "kind": kind})


def described(call: Call, row: Row) -> Reply:
    """https://developers.facebook.com/docs/threads/troubleshooting#publishing-does-not-return-a-media-id"""
    status = containers.status(call.world, row)
    every: dict[str, Any] = {"id": str(row["id"]), "status": status}
    if status == containers.ERROR:
        every["error_message"] = row["failure"]
    return Reply(200, graph.chosen(every, graph.fields(call) or ["status"]))


# -- what was said -----------------------------------------------------------------------------------


def _details(call: Call, kind: str, said: dict[str, Any]) -> dict[str, Any]:
    is_child = graph.truth(said.get("is_carousel_item"), default=False)
    words, link = str(said.get("text", "")), str(said.get("link_attachment", ""))
    if is_child:
        _check_child(kind, said)
    _check_text(kind, words, said)
    _check_links(kind, words, link)
    _check_media(call, kind, said)
    topic = str(said.get("topic_tag", ""))
    if "topic_tag" in said and not text.is_topic(topic):
        raise graph.invalid("Param topic_tag must have 1 to 50 characters and no periods or ampersands")
    audience = str(said.get("reply_control", "everyone"))
    if audience not in AUDIENCES:
        raise graph.invalid(f"Param reply_control must be one of {{{', '.join(AUDIENCES)}}}")
    return {
        "is_child": is_child,
        "text": words,
        "link": link,
        "alt_text": _alt_text(kind, said),
        "topic": topic or text.topic_of(words),
        "reply_control": audience,
        "poll": _poll(said),
        "quote": _quoted(call, said),
        "reply_to": _parent(call, said),
    }


def _check_child(kind: str, said: dict[str, Any]) -> None:
    if kind not in ("IMAGE", "VIDEO"):
        raise graph.invalid("Param is_carousel_item is for IMAGE and VIDEO only")
    for name in ("text", "reply_to_id", "reply_control", "topic_tag"):
        if said.get(name):
            raise graph.invalid(f"Param {name} is not allowed on carousel items")


def _check_text(kind: str, words: str, said: dict[str, Any]) -> None:
    if text.length(words) > text.MOST_TEXT:
        raise graph.invalid(f"Param text must be at most {text.MOST_TEXT} characters long.")
    if kind == "TEXT":
        if not words.strip() and not any(said.get(name) for name in WORDS_ONLY):
            raise graph.invalid("Param text is required for text posts")
        return
    for name in WORDS_ONLY:
        if said.get(name):
            raise graph.invalid(f"Param {name} is for text posts only")


def _check_links(kind: str, words: str, link: str) -> None:
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise graph.invalid("Param link_attachment must be a valid URL")
    if text.links(words, link) > 5:
        raise graph.invalid("THREADS_API__LINK_LIMIT_EXCEEDED: a post can have at most 5 unique links")


def _check_media(call: Call, kind: str, said: dict[str, Any]) -> None:
    for one in ("image", "video"):
        is_it = kind == one.upper()
        if is_it and not said.get(f"{one}_url"):
            raise graph.invalid(f"Param {one}_url is required")
        if not is_it and said.get(f"{one}_url"):
            raise graph.invalid(f"Param {one}_url does not go with media_type {kind}")
    if kind == "IMAGE" and "unfetchable" in call.notes:
        message = "(#9004) The media could not be fetched from this URI."
        raise Problem(graph.error(9004, message, subcode=2207052))


def _alt_text(kind: str, said: dict[str, Any]) -> str:
    words = str(said.get("alt_text", ""))
    if words and kind in ("TEXT", "CAROUSEL"):
        raise graph.invalid(f"Param alt_text does not go with media_type {kind}")
    if len(words) > MOST_ALT:
        raise graph.invalid(f"Param alt_text must be at most {MOST_ALT} characters long.")
    return words


def _poll(said: dict[str, Any]) -> list[str]:
    if not said.get("poll_attachment"):
        return []
    asked = graph.decoded(said["poll_attachment"])
    names = ("option_a", "option_b", "option_c", "option_d")
    if not isinstance(asked, dict) or set(asked) - set(names):
        raise graph.invalid("Param poll_attachment must hold option_a to option_d")
    answers = [str(asked[name]) for name in names if asked.get(name)]
    if not asked.get("option_a") or not asked.get("option_b") or any(len(one) > MOST_ANSWER for one in answers):
        raise graph.invalid(f"A poll needs at least two options of at most {MOST_ANSWER} characters")
    return answers


def _quoted(call: Call, said: dict[str, Any]) -> str:
    wanted = str(said.get("quote_post_id", ""))
    if wanted and posts.find(call.world, wanted) is None:
        raise publishing.missing_media()
    return wanted


def _parent(call: Call, said: dict[str, Any]) -> str:
    """The post that this will be a reply to. One of a moment ago may not be there yet."""
    wanted = str(said.get("reply_to_id", ""))
    if not wanted:
        return ""
    assert call.actor is not None  # noqa: S101 - demanded by the operation
    if "threads_manage_replies" not in call.actor.scopes:
        message = "(#10) Application does not have permission for this action: threads_manage_replies"
        raise Problem(graph.error(10, message, status=403))
    parent = posts.find(call.world, wanted)
    delay = call.world.settings["threads_reply_delay_seconds"]
    if parent is None or call.world.clock.now() < parent["created_at"] + delay:
        raise publishing.missing_media()
    root = posts.find(call.world, str(parent["root_id"]))
    wide = {"threads_keyword_search", "threads_manage_mentions"}
    if (root is None or root["account_id"] != call.account.id) and not wide & set(call.actor.scopes):
        raise Problem(graph.error(10, "(#10) Not allowed to reply to this post", status=403))
    return wanted


def _children(call: Call, said: dict[str, Any]) -> tuple[int, ...]:
    asked = graph.decoded(said.get("children", ""))
    listed = asked if isinstance(asked, list) else str(said.get("children", "")).split(",")
    names = [str(one).strip() for one in listed if str(one).strip()]
    if not SMALLEST_CAROUSEL <= len(names) <= LARGEST_CAROUSEL:
        raise graph.invalid(
            f"Param children must have {SMALLEST_CAROUSEL} to {LARGEST_CAROUSEL} items; it has {len(names)}"
        )
    found = []
    for name in names:
        row = containers.own(call, name)
        if row is None or not row["is_child"]:
            raise graph.invalid(f"Param children holds {name}, which is no carousel item")
        if containers.status(call.world, row) != containers.FINISHED:
            raise publishing.missing_media()
        found.append(int(row["id"]))
    return tuple(found)


# -- what becomes of it ------------------------------------------------------------------------------


def _seconds(call: Call, kind: str) -> float:
    settings = call.world.settings
    if kind == "VIDEO":
        return float(settings["video_processing_seconds"])
    return 0.0 if kind == "TEXT" else float(settings["threads_image_seconds"])


def _failure(call: Call, kind: str) -> str:
    if kind not in ("IMAGE", "VIDEO"):
        return ""
    forced = str(call.world.settings["threads_container_error"])
    if forced != "none":
        return forced
    if kind == "VIDEO" and "unfetchable" in call.notes:
        return "FAILED_DOWNLOADING_VIDEO"
    if kind == "VIDEO" and call.world.settings["video_fails"]:
        return "FAILED_PROCESSING_VIDEO"
    return str(call.notes.get("failure", ""))


def _image_problem(call: Call) -> str:
    assert call.upload is not None  # noqa: S101 - asked by fetch()
    assert call.upload.file is not None  # noqa: S101
    found = looking.picture(call.upload.file)
    if found.form not in ("JPEG", "PNG") or call.upload.file_size > MOST_IMAGE_BYTES:
        return "UNKNOWN"
    long, short = max(found.width, found.height), min(found.width, found.height)
    return "INVALID_ASPEC_RATIO" if long > MOST_RATIO * short else ""


def _video_problem(call: Call) -> str:
    assert call.upload is not None  # noqa: S101 - asked by fetch()
    assert call.upload.file is not None  # noqa: S101
    found = looking.film(call.upload.file)
    if found is None or found.codec not in CODECS:
        return "FAILED_PROCESSING_VIDEO"
    if not 0 < found.seconds <= LONGEST_VIDEO + 0.5:
        return "INVALID_DURATION"
    if not FRAME_RATES[0] <= round(found.frame_rate) <= FRAME_RATES[1]:
        return "INVALID_FRAME_RATE"
    return "" if 0.01 <= found.width / found.height <= 10 else "INVALID_ASPEC_RATIO"
