"""Containers: what may be in one, and what becomes of the media that it names
(https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media)."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.calls import Call, Reply
from sandbox.platforms import containers, graph, looking
from sandbox.platforms.instagram import rupload
from sandbox.platforms.instagram.identity import is_facebook
from sandbox.platforms.instagram.words import failure, refused
from sandbox.store import Row

MEBIBYTE = 1024 * 1024
MOST_CAPTION, MOST_HASHTAGS, MOST_MENTIONS = 2200, 30, 20
CHILDREN = (2, 10)
MOST_IMAGE = 8 * MEBIBYTE
MOST_REEL, MOST_STORY = 300 * MEBIBYTE, 100 * MEBIBYTE
FEED_RATIO = (0.8, 1.91)
REEL_SECONDS, STORY_SECONDS = (3, 900), (3, 60)
CODECS = frozenset({"h264", "hevc"})
SHARED = frozenset({"access_token", "appsecret_proof", "fields"})
# Which parameters go with which kind; what does not belong there is refused, as a strict schema would.
ALLOWED = {
    "IMAGE": {"image_url", "caption", "alt_text", "user_tags", "location_id", "collaborators", "is_ai_generated"},
    "REELS": {
        *("media_type", "video_url", "caption", "share_to_feed", "cover_url", "thumb_offset", "audio_name"),
        *("collaborators", "trial_params", "is_ai_generated", "location_id", "user_tags", "upload_type"),
    },
    "STORIES": {"media_type", "image_url", "video_url", "is_ai_generated", "user_tags", "upload_type"},
    "CHILD": {"media_type", "image_url", "video_url", "is_carousel_item", "alt_text", "user_tags", "upload_type"},
    "CAROUSEL": {"media_type", "children", "caption", "collaborators", "location_id", "is_ai_generated"},
}


@dataclass(frozen=True)
class Wish:
    """What a call asks for: its kind, everything that was said, and the media that is to be fetched."""

    kind: str
    said: dict[str, Any]
    address: str
    is_video: bool
    is_uploaded: bool = False  # its bytes come later, at the upload host


def wish(call: Call) -> Wish:
    said = graph.params(call)
    named = str(said.get("media_type", ""))
    kind = named or "IMAGE"
    if graph.truth(said.get("is_carousel_item"), default=False):
        kind = "CHILD"
    elif kind not in ("IMAGE", "REELS", "STORIES", "CAROUSEL"):
        raise refused(2207023, f"media_type {named}")
    strange = set(said) - ALLOWED[kind] - SHARED
    if strange:
        raise graph.invalid(f"Invalid parameter: {', '.join(sorted(strange))} with {kind}")
    address = str(said.get("video_url") or said.get("image_url") or "")
    is_uploaded = _is_uploaded(call, said)
    is_video = is_uploaded or bool(said.get("video_url"))
    if kind != "CAROUSEL" and not address and not is_uploaded:
        raise graph.invalid("The parameter image_url or video_url is required.")
    if kind == "CHILD" and is_video and named != "VIDEO":
        raise refused(2207023, "a video in a carousel needs media_type=VIDEO")
    if kind == "REELS" and not is_video:
        raise graph.invalid("The parameter video_url is required.")
    return Wish(kind, said, address, is_video, is_uploaded)


def _is_uploaded(call: Call, said: dict[str, Any]) -> bool:
    """https://developers.facebook.com/docs/instagram-platform/content-publishing/resumable-uploads: with Facebook's log-in
    alone."""
    asked = said.get("upload_type")
    if asked is None:
        return False
    if asked != "resumable" or not is_facebook(call) or said.get("video_url") or said.get("image_url"):
        raise graph.invalid("upload_type is resumable, without an address, and for apps with Facebook Login alone.")
    return True


async def gather(call: Call) -> None:
    """Fetch the media, and look into it off the event loop."""
    asked = wish(call)
    if not asked.address:
        return
    await containers.gather(call, asked.address, kind="video" if asked.is_video else "image")
    if call.upload is not None and call.upload.file is not None:
        look = film if asked.is_video else _picture
        call.notes["wrong"] = await asyncio.to_thread(look, call.upload.file, call.upload.file_size, asked.kind)


def create(call: Call) -> Reply:
    """Pictures are looked at while one waits; what is wrong with a video its container says later."""
    asked, world = wish(call), call.world
    _check(call, asked)
    wrong: int | None = call.notes.get("wrong")
    if "unfetchable" in call.notes:
        wrong = 2207052
    if wrong is not None and not asked.is_video:
        raise refused(wrong, str(call.notes.get("unfetchable", "")))
    if world.settings["video_fails"] and asked.is_video:
        wrong = 2207076
    forced = int(world.settings["instagram_container_fails"])
    wrong = forced or wrong
    seconds = world.settings["video_processing_seconds" if asked.is_video else "instagram_image_seconds"]
    row = containers.create(
        call,
        kind=asked.kind,
        details={name: value for name, value in asked.said.items() if name not in SHARED},
        seconds=rupload.NEVER if asked.is_uploaded else seconds,
        failure=failure(wrong) if wrong else "",
        media_type="" if not asked.address else "video/mp4" if asked.is_video else "image/jpeg",
        children=_children(call, asked) if asked.kind == "CAROUSEL" else (),
        is_child=asked.kind == "CHILD",
    )
    told = {"id": str(row["id"])}
    if asked.is_uploaded:
        told["uri"] = rupload.begin(call, row["id"], seconds=seconds)
    return Reply(200, told, effect={"container_id": str(row["id"]), "kind": asked.kind})


def read(call: Call, row: Row) -> Reply:
    """https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container"""
    state = containers.status(call.world, row)
    words = {
        containers.ERROR: row["failure"] or "",
        containers.EXPIRED: "Expired: The container was not published within 24 hours and has expired.",
        containers.FINISHED: "Finished: Media has been uploaded and it is ready to be published.",
        containers.IN_PROGRESS: "In Progress: Media is still being processed.",
        containers.PUBLISHED: "Published: Media has been successfully published.",
    }
    every = {"status_code": state, "status": words[state], "id": str(row["id"])}
    if (said := rupload.video_status(call.world, row)) is not None:
        every["video_status"] = said
    return Reply(200, graph.chosen(every, graph.fields(call)))


def _check(call: Call, asked: Wish) -> None:
    said = asked.said
    caption = str(said.get("caption", ""))
    hashtags, mentions = (len(re.findall(rf"(?<!\w){sign}\w", caption)) for sign in "#@")
    if len(caption) > MOST_CAPTION or hashtags > MOST_HASHTAGS or mentions > MOST_MENTIONS:
        raise refused(2207010)
    if len(str(said.get("alt_text", ""))) > 1000:
        raise graph.invalid("alt_text is longer than 1000 characters.")
    names = said.get("collaborators", "")
    names = graph.decoded(names) if isinstance(names, str) else names
    several = names if isinstance(names, list) else [one for one in str(names).split(",") if one]
    if len(several) > 3:
        raise graph.invalid("At most 3 collaborators can be invited.")
    trial = graph.decoded(said.get("trial_params"))
    if trial is not None:
        strategy = trial.get("graduation_strategy") if isinstance(trial, dict) else None
        if strategy not in ("MANUAL", "SS_PERFORMANCE"):
            raise graph.invalid("trial_params must name a graduation_strategy.")
        if not call.world.settings["instagram_trial_reels"]:
            raise refused(2207081)
    since = call.world.clock.now() - containers.LIFE_SECONDS
    if (
        containers.made_since(call.world, "instagram", call.account.id, since)
        >= call.world.settings["instagram_containers_a_day"]
    ):
        raise refused(2207042, "containers")


def _children(call: Call, asked: Wish) -> tuple[int, ...]:
    found = asked.said.get("children", "")
    decoded = graph.decoded(found) if isinstance(found, str) else found
    ids = [str(one) for one in decoded] if isinstance(decoded, list) else [one for one in str(found).split(",") if one]
    if not CHILDREN[0] <= len(ids) <= CHILDREN[1] or len(set(ids)) < len(ids):
        raise refused(2207028, f"{len(ids)} children")
    for one in ids:
        row = containers.own(call, one)
        if row is None or containers.status(call.world, row) == containers.EXPIRED:
            raise refused(2207006, one)
        if not row["is_child"]:
            raise graph.invalid(f"{one} was not made for a carousel.")
        if containers.status(call.world, row) != containers.FINISHED:
            raise refused(2207027, one)
    return tuple(int(one) for one in ids)


def _picture(file: Path, size: int, kind: str) -> int | None:
    """The subcode of what is wrong with it."""
    found = looking.picture(file)
    if found.form != "JPEG":
        return 2207005
    if size > MOST_IMAGE:
        return 2207004
    ratio = found.width / found.height
    # Instagram rounds as it scales.
    if kind != "STORIES" and not FEED_RATIO[0] - 0.005 <= ratio <= FEED_RATIO[1] + 0.01:
        return 2207009
    return None


def film(file: Path, size: int, kind: str) -> int | None:
    found = looking.film(file)
    if found is None or found.codec not in CODECS:
        return 2207026
    shortest, longest = STORY_SECONDS if kind == "STORIES" else REEL_SECONDS
    # Containers round the length of their last frame.
    is_long_enough = kind == "CHILD" or found.seconds >= shortest - 0.1
    too_big = size > (MOST_STORY if kind == "STORIES" else MOST_REEL)
    return None if is_long_enough and found.seconds <= longest + 0.5 and not too_big else 2207026
