"""Sentences that people read about Instagram: what happened, and what to do next."""

from datetime import datetime

NAME = "Instagram"
# -- what Instagram answered -------------------------------------------------------------------------


def not_ready(name: str) -> str:
    return f"{name} is still preparing the pictures or videos."


def restricted(name: str) -> str:
    return f"{name} restricts this account. Open the app, do what it asks there, then reconnect."


def not_professional(name: str) -> str:
    return f"This account is no longer a professional one. Make it a business or creator account in {name}'s settings."


def spam_suspected(name: str) -> str:
    return f"{name} took this for spam and blocks publishing from this account for now. We wait a day."


def daily_limit(name: str) -> str:
    return f"This account has published as much as {name} allows in 24 hours. We go on when there is room again."


def quota_used(used: int, total: int, until: datetime) -> str:
    return (
        f"This account has published {used} of {total} posts that Instagram allows in 24 hours."
        f" We look again at {until:%H:%M} UTC."
    )


def not_fetched(name: str) -> str:
    return f"{name} could not fetch the picture or video from our address."


def cover_outside(name: str) -> str:
    return f"The cover frame lies behind the end of the video. {name} wants a moment within it."


def no_trial_reels(name: str) -> str:
    return f"{name} does not offer trial reels to this account."


def wrong_picture_shape(name: str) -> str:
    return f"{name} takes pictures between 4:5 and 1.91:1 in the feed."


def caption_too_long(name: str) -> str:
    return f"The caption is too long for {name}: at most 2,200 characters, 30 hashtags and 20 mentions."


# -- what a check before sending found ---------------------------------------------------------------

UNREACHABLE = (
    "Instagram fetches pictures and videos itself, and this installation has no public address for them."
    " Whoever runs it sets a bucket (S3_BUCKET) or MEDIA_PUBLIC_URL."
)


def shape(width: int, height: int) -> str:
    return (
        f"{width} x {height} is too tall or too wide for Instagram's feed, which takes 4:5 to 1.91:1."
        " Crop the picture, or make it a story."
    )


def cropped() -> str:
    return "Instagram crops everything in a carousel to the shape of its first picture."


def too_many_hashtags(number: int, most: int) -> str:
    return f"Instagram takes {most} hashtags in a caption; this has {number}."


def too_many_mentions(number: int, most: int) -> str:
    return f"Instagram takes {most} @mentions in a caption; this has {number}."


def too_many_items(number: int, most: int) -> str:
    return f"Instagram takes {most} pictures and videos in a post; this has {number}."


def comment_not_allowed() -> str:
    return "Instagram did not let us comment for this account. Reconnect it and leave that permission ticked."


def reels_only(label: str) -> str:
    return f"“{label}” is for reels only, so it has no effect here."


def no_story_collaborators() -> str:
    return "Stories on Instagram have no collaborators. Take them out."


def no_trial_collaborators() -> str:
    return "A trial reel on Instagram has no collaborators. Take them out, or make it no trial."


# -- connecting and deleting -------------------------------------------------------------------------

NO_ACCOUNT_BEHIND = (
    "Instagram was not connected: no Page you ticked has an Instagram account behind it. Link one in the Page's settings,"
    " then connect again."
)
NO_ROLE_BEHIND = (
    "Instagram was not connected: you may not publish for any Page with an Instagram account. Ask whoever runs it for a"
    " role."
)
PERSONAL_ACCOUNT = (
    "Instagram was not connected: this is a personal account. Make it a business or creator account in Instagram's"
    " settings, then connect again."
)
NO_REVOKING = "Instagram lets nobody give the access back from here."
NO_DELETING = "Instagram lets no application delete posts of an account that was connected this way."
DELETE_THERE = "Delete it in the Instagram app."
