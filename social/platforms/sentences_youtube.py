"""What people read about YouTube: what happened, and what to do next."""

from datetime import datetime

NAME = "YouTube"
STUDIO = "Look at the video in YouTube Studio."
RAISE_QUOTA = (
    "Whoever runs this installation can ask Google for more; your posts wait until then and go out by themselves."
)
AUDIT = (
    "Whoever runs this installation has to pass YouTube's audit. Until then choose “Private”, or upload the video on"
    " YouTube yourself."
)
UPLOAD_ANEW = "Publish again: the video is then uploaded anew."
VERIFY = "Verify the channel at youtube.com/verify."
TICK_ALL = "Connect it again and leave everything ticked."

# -- connecting ------------------------------------------------------------------------------------

NO_CHANNEL = (
    "YouTube was not connected: this Google account has no channel. Create one on YouTube, or choose another account."
)
NOT_TICKED = (
    "YouTube was not connected: the permission to see and edit your videos was not ticked. Connect again and leave"
    " everything ticked."
)
NO_LASTING_ACCESS = (
    "YouTube was not connected: Google gave access for an hour only. Remove Multivio at"
    " myaccount.google.com/connections, then connect again."
)

# -- what YouTube answered -------------------------------------------------------------------------


def uploads_used_up(until: datetime) -> str:
    return (
        f"YouTube takes no more videos from this installation today: all its channels share a daily number. It goes on at"
        f" {until:%H:%M} UTC on {until:%d %B}."
    )


def channel_limit(until: datetime) -> str:
    return (
        f"This channel has uploaded as many videos as YouTube takes from it in 24 hours. It goes on at"
        f" {until:%H:%M} UTC on {until:%d %B}."
    )


API_OFF = "YouTube's API is not switched on in our application's Google project."
NO_CHANNEL_ANY_MORE = "This Google account has no YouTube channel any more."
ACCOUNT_CLOSED = "YouTube has closed or suspended this channel."
FORCED_PRIVATE = (
    "YouTube keeps the video private, although something else was chosen: it does that to every video of an application"
    " that it has not audited. The video is on the channel, and nobody else sees it; cancelling takes it away."
)
# Added to what went wrong after the upload.
LEFT_PRIVATE = (
    "The video is on the channel already, as a private one that only you see: publishing again uses it, and cancelling takes"
    " it away."
)
REJECTED_STAYS = "It stays on the channel for you alone to see."
PRIVACY_REFUSED = "YouTube does not let this video be seen as you chose."
GONE_BEFORE = "The uploaded video is not on YouTube any more: it was deleted there before it was published."
COMMENTS_OFF = "YouTube takes no comments under this video, so the first comment was not written."
PLAYLIST_MISSING = "YouTube knows no such playlist on this channel."
SEVERAL_COPIES = (
    "The upload broke off, and the channel has more than one private copy of this video: we do not know which is ours."
)
DELETE_COPIES = "Delete the private copies in YouTube Studio, then publish again."
STILL_LOOKING = "The upload broke off, and YouTube cannot say yet whether it has the video."
STILL_PREPARING = "YouTube has the video and is preparing it. We look again until people can watch it."

FAILURES = {
    "conversion": "YouTube could not convert the video.",
    "invalidFile": "YouTube does not know this kind of file.",
    "emptyFile": "YouTube found the file to be empty.",
    "tooSmall": "YouTube found the file too small to be a video.",
    "codec": "YouTube cannot read the codec of this video.",
    "uploadAborted": "The upload of this video did not come to its end.",
}
REJECTIONS = {
    "copyright": "YouTube rejected the video: it holds something that others own.",
    "inappropriate": "YouTube rejected the video: it is against its Community Guidelines.",
    "duplicate": "YouTube rejected the video: this channel already has it.",
    "termsOfUse": "YouTube rejected the video: it is against its Terms of Service.",
    "uploaderAccountSuspended": "YouTube rejected the video: the channel is suspended.",
    "length": "YouTube rejected the video: it is longer than this channel may upload.",
    "claim": "YouTube rejected the video: an owner of something in it blocks it.",
    "uploaderAccountClosed": "YouTube rejected the video: the channel was closed.",
    "trademark": "YouTube rejected the video: it infringes a trademark.",
    "legal": "YouTube rejected the video for a legal reason.",
}


def unusable(status: str, reason: str) -> str:
    """Why a video will never be seen. `status` is failed or rejected."""
    if status == "rejected":
        return REJECTIONS.get(reason, "YouTube rejected the video without a reason that we know.")
    return FAILURES.get(reason, "YouTube could not process the video.")


def thumbnail_refused(reason: str) -> str:
    why = f": {reason.rstrip('.')}" if reason else ""
    return f"YouTube did not take the picture as thumbnail{why}. The video is published with one of its own."


# -- what a check before sending found -------------------------------------------------------------

VIDEO_NEEDED = "YouTube publishes videos. Add one; a picture beside it becomes its thumbnail."
TITLE_EMPTY = "A video on YouTube needs a title."
NO_COMMENT_FOR_KIDS = "YouTube has no comments under videos made for kids. Take the first comment out."
NO_COMMENT_IN_PRIVATE = (
    "Nobody can comment on a private video. Take the first comment out, or choose another visibility."
)
ONLY_PRIVATE = "YouTube keeps every video of this installation private for now. Choose “Private”."
NOT_NOTIFIED = "Subscribers are told of public videos only."
THUMBNAIL_ON_SHORT = "YouTube chooses the picture of a Short itself: this one will not be seen."
THUMBNAIL_UNVERIFIED = "YouTube takes thumbnails from verified channels only. Verify it at youtube.com/verify."


def brackets(where: str) -> str:
    return f"YouTube takes no < or > in the {where}."


def too_many_bytes(length: int, limit: int) -> str:
    return (
        f"{length - limit:,} bytes too many for YouTube: {length:,} of {limit:,}. An accented letter has 2, an emoji 4."
    )


def tags_too_long(length: int, limit: int) -> str:
    return f"The tags have {length:,} characters with what stands between them; YouTube takes {limit:,}."


def short_too_long(seconds: float, limit: float) -> str:
    return f"A Short lasts at most {limit / 60:g} minutes; this video has {seconds / 60:.1f}."


SHORT_NOT_UPRIGHT = "A Short is upright or square; this video is wider than it is high."
BECOMES_SHORT = "YouTube will show this upright video as a Short."


def unverified_too_long(limit: float) -> str:
    return f"A channel that is not verified may upload {limit / 60:g} minutes at most. {VERIFY}"


# -- for whoever runs the installation -------------------------------------------------------------

ASK_FOR_MORE = "All workspaces share them. Ask Google for a quota extension in time (docs/platforms/youtube.md)."
NEEDS_AUDIT = "YouTube keeps every video private until it has audited the Google project, and says so with no error."
UNTIL_THE_AUDIT = "Until it is passed, set YOUTUBE_ONLY_PRIVATE=1, so that people are told while they write."
ONLY_PRIVATE_HERE = "Only private videos can be published here (YOUTUBE_ONLY_PRIVATE)."
AFTER_THE_AUDIT = "Take the setting out when the audit is passed."


def uploads_so_far(used: int, most: int) -> str:
    return f"{used} of {most} uploads of today are used."
