"""What people read about TikTok beside the sentences that all platforms share (sentences.py)."""

from datetime import datetime

NAME = "TikTok"
CHOOSE_AGAIN = "Copy the post, choose anew who can see it, and publish the copy."
DELETE_THERE = "Delete it in the TikTok app."
AUDIT = "Choose “Only me” on a private account, or have whoever runs this installation apply for TikTok's audit."
AFTER_AUDIT = "Apply for the audit in TikTok's developer portal, and set TIKTOK_APP_AUDITED=1 when it has passed."
TAKEN = "TikTok has taken the post and is preparing it. We look again until it has gone out."

# -- refusals ------------------------------------------------------------------------------------------------------------

UNAUDITED = (
    "TikTok has not audited our application yet, so it takes only posts that nobody but the author sees (“Only me”), and"
    " only from accounts that are set to private."
)
USERS_A_DAY = (
    "TikTok lets only so many people a day post through our application (five until it is audited), and that many have."
)
POSTS_A_DAY = "TikTok takes no more posts from this account through applications today (about 15 in 24 hours)."
PENDING = "Too many drafts wait in this account's TikTok inbox. Publish or delete them in the app."
BANNED = "TikTok has banned this account from posting."
SPAM = "TikTok takes this post for spam."
SPAM_TEXT = "TikTok takes the words of this post for spam or against its rules."
AUDIENCE_GONE = "TikTok no longer offers this account the audience that was chosen for the post."
DOMAIN = "TikTok does not know that the address where our pictures lie belongs to us."
DOMAIN_STEP = "Whoever runs this installation verifies MEDIA_PUBLIC_URL in TikTok's developer portal."
APP_SCOPE = "TikTok has not approved our application for this."
WRONG_TASK = "TikTok does not know this upload, or it belongs to another account."
NUMBERS_OF_PUBLIC = "TikTok gives numbers only of posts that everybody may see."
NO_DELETE = "TikTok lets no application delete posts."
OTHER_VERSION = "An earlier version of this post has already gone out on TikTok."
OTHER_VERSION_STEP = "Look at the profile on TikTok; to publish this version as well, make a new post of it."

# What fail_reason says of a file.
FORMAT = "TikTok cannot read this file. It takes MP4, MOV and WebM with H.264, H.265, VP8 or VP9, and JPG or WebP."
DURATION = "The video is longer than TikTok allows this account."
FRAME_RATE = "The video has a frame rate that TikTok does not take (23 to 60 pictures a second)."
PICTURE_SIZE = "The picture or video has too few or too many pixels for TikTok."
CANCELLED = "Publishing was cancelled at TikTok."


def no_more_posts(until: datetime, why: str) -> str:
    return f"{why} It goes on at {until:%H:%M} UTC on {until:%-d %B}."


def earlier_still_open(until: datetime) -> str:
    return (
        f"An earlier version of this post may still go out on TikTok until {until:%H:%M} UTC; this one waits for that."
    )


def failed_there(reason: str) -> str:
    return f"TikTok could not finish the post ({reason})." if reason else "TikTok could not finish the post."


# -- what a check before sending found ------------------------------------------------------------------------------------


def switched_off(what: str) -> str:
    return f"This account does not allow {what} on TikTok, so leave that off."


BRANDED_PRIVATE = "Branded content cannot be private on TikTok. Choose another audience, or take the mark off."
ONLY_ME_NEEDED = f"{UNAUDITED} Choose “Only me”."
PRIVATE_ACCOUNT_NEEDED = (
    "TikTok has not audited our application yet: the account itself has to be private as well, and this one was public"
    " when it was connected."
)
PICTURES_CANNOT_BE_FETCHED = (
    "TikTok fetches pictures from a verified address of ours, and this installation has none, so only videos can be"
    " published there."
)
PHOTO_TITLE_LONG = "The title of a photo post has at most 90 characters on TikTok."
TITLE_NEEDS_PHOTOS = "TikTok shows a title on photo posts only; a video has its words alone."
MARK_NEEDS_VIDEO = "TikTok takes the AI mark on videos only."
MUSIC_NEEDS_PHOTOS = "TikTok adds music to photo posts only."
COVER_NEEDS_VIDEO = "A moment for the cover is for videos; among photos, choose the cover's number."
COVER_NEEDS_PHOTOS = "The number of the cover is for photos; for a video, choose a moment."
COVER_TOO_LATE = "The moment for the cover is after the end of the video."
NO_DUETS_OF_PHOTOS = "Duets and stitches are for videos; photo posts have none."


def cover_not_there(number: int, photos: int) -> str:
    return f"There is no photo {number} for the cover: this post has {photos}."


def wrong_sides(width: int, height: int, least: int, most: int) -> str:
    return f"{width} x {height} pixels do not fit TikTok: each side of a video has {least} to {most}."


def photo_too_large(width: int, height: int) -> str:
    return f"{width} x {height} pixels are too many for a photo on TikTok: at most 1080 x 1920, or 1920 x 1080."


def may_be_too_short(seconds: float) -> str:
    return f"This video lasts {seconds:.1f} s; TikTok may want at least 3."
