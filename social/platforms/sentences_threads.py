"""What people read about Threads beyond the sentences that all platforms share."""

from datetime import datetime

# -- what Threads answered ----------------------------------------------------------------------------


def not_ready(name: str) -> str:
    return f"{name} was not ready for this yet, so nothing was published."


def media_not_fetched(name: str) -> str:
    return f"{name} could not fetch the picture or video from our address."


def too_long_there(name: str) -> str:
    return f"{name} says that the text is too long. It counts an emoji as several characters."


def links_refused(name: str) -> str:
    return f"{name} says that there are too many links in this post."


def quota_used_up(name: str) -> str:
    return f"This account has published as much as {name} allows in 24 hours. It goes on when there is room again."


def quota_until(name: str, used: int, total: int, until: datetime) -> str:
    return (
        f"This account has used {used:,} of the {total:,} that {name} allows in 24 hours. We look again at"
        f" {until:%H:%M} UTC."
    )


def restricted(name: str) -> str:
    return f"{name} has restricted this account. Nothing is sent for it for a day."


def took_long(name: str) -> str:
    return f"{name} took long to prepare this part, so it was not published yet."


def parent_gone(name: str) -> str:
    return f"{name} does not have the part before this one any more, so this one cannot follow it."


def quoted_gone(name: str) -> str:
    return f"{name} does not have the thread that this one is to quote."


def number_not_known(name: str) -> str:
    return f"{name} never told us the number of this post, so it can only be deleted there."


# -- what a check before sending found ----------------------------------------------------------------


def too_many_pieces(name: str, number: int, limit: int) -> str:
    return f"{name} takes {limit} pictures and videos together in a part; this has {number}."


def picture_too_long(name: str, width: int, height: int) -> str:
    return f"{width} x {height} is too narrow or too wide for a picture on {name}: 10 to 1 at most."


def too_many_links(name: str, number: int, limit: int) -> str:
    return f"{name} takes {limit} different links in a post; this has {number}."


def bad_topic(name: str) -> str:
    return f"A topic on {name} has 1 to 50 characters and neither a full stop nor an ampersand."


def one_topic(name: str, words: str) -> str:
    return f"{name} makes one topic of a post: #{words}. Further hashtags stay plain text."


def topic_instead(name: str, topic: str) -> str:
    return f"The topic will be “{topic}”. On {name} the hashtags in the text stay plain text then."


def words_only(name: str, label: str) -> str:
    return f"“{label}” goes only with a first part of text alone on {name}. Take the media out, or leave it empty."


def poll_size(name: str) -> str:
    return f"A poll on {name} has 2 to 4 different answers."


def bad_quote(name: str) -> str:
    return f"Give the number of the {name} post to quote: digits alone."


def may_not_reply(name: str) -> str:
    return f"{name} did not let us write threads for this account. Reconnect it and leave that permission ticked."


def nobody_can_fetch(name: str) -> str:
    return (
        f"{name} fetches pictures and videos from a public address, and this installation has none: S3_BUCKET or"
        " MEDIA_PUBLIC_URL is not set."
    )


# -- why the preparation of a picture or video failed, by Threads' name for it -----------------------

FAILURES = {
    "FAILED_DOWNLOADING_VIDEO": "it could not be fetched from our address",
    "FAILED_PROCESSING_AUDIO": "its sound could not be processed",
    "FAILED_PROCESSING_VIDEO": "it could not be processed",
    "INVALID_ASPEC_RATIO": "it is too narrow or too wide",
    "INVALID_ASPECT_RATIO": "it is too narrow or too wide",
    "INVALID_BIT_RATE": "its bit rate is over 100 Mb/s",
    "INVALID_DURATION": "it lasts longer than five minutes",
    "INVALID_FRAME_RATE": "it has fewer than 23 or more than 60 frames a second",
    "INVALID_AUDIO_CHANNELS": "its sound has more than two channels",
    "INVALID_AUDIO_CHANNEL_LAYOUT": "its sound is neither mono nor stereo",
    "UNKNOWN": "no reason was given",
}
