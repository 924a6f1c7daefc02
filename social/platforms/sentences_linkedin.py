"""What people read about LinkedIn alone."""

from datetime import datetime

NAME = "LinkedIn"
WAIT_A_MOMENT = "Nothing to do: it is sent as soon as LinkedIn is done with it."
CHANGE_TEXT = "Change the text if it is meant to be there twice."
OTHER_ROLE = "Ask an administrator of the page for a role that may post, then reconnect the account."


def duplicate(urn: str) -> str:
    there = f" It is there as {urn}." if urn else ""
    return f"LinkedIn says that this account has just posted exactly this.{there}"


def access_denied() -> str:
    return (
        "LinkedIn does not let us publish for this account: the permission was not given, or whoever connected it has no"
        " role there any more that may post."
    )


def version_ended(version: str) -> str:
    return f"LinkedIn has retired version {version} of its API, and nothing can be published there until it is raised."


def day_used_up(until: datetime) -> str:
    return f"LinkedIn allows this account no more calls today. It goes on at {until:%H:%M} UTC on {until:%d %B}."


def not_ready() -> str:
    return "LinkedIn is still preparing the picture, video or document."


def asset_failed() -> str:
    return "LinkedIn could not make use of the upload. It is brought there once more."


def unusable(reason: str) -> str:
    words = f": {reason.rstrip('.')}" if reason else ""
    return f"LinkedIn could not make use of the picture, video or document{words}."


def strange_address() -> str:
    return "LinkedIn named an address for the upload that is not one of its own, so nothing was sent there."


def may_not_comment() -> str:
    return "LinkedIn gives our application no permission to comment for this account. Take the first comment out."


# -- connecting --------------------------------------------------------------------------------------

# LinkedIn's names for permissions, as people would say them.
PERMISSIONS = {
    "w_member_social": "publish as you",
    "w_organization_social": "publish for your pages",
    "r_organization_social": "read the posts of your pages",
    "rw_organization_admin": "list your pages and read their numbers",
    "w_member_social_feed": "comment as you",
    "w_organization_social_feed": "comment for your pages",
    "r_organization_social_feed": "read comments on your pages",
    "r_member_postAnalytics": "read the numbers of your posts",
    "r_basicprofile": "read your name",
    "openid": "know who you are",
    "profile": "read your name",
}


def in_words(scopes: list[str]) -> str:
    """Permissions as people would say them, each with LinkedIn's own name."""
    return ", ".join(f"{PERMISSIONS[scope]} ({scope})" if scope in PERMISSIONS else scope for scope in scopes)


def pages_left_out(lacking: list[str], *, is_other_product: bool) -> str:
    why = (
        "LinkedIn gives that only to applications with its Community Management API product."
        if is_other_product
        else "Connect again, or ask whoever runs this installation whether LinkedIn has approved them."
    )
    return f"Your LinkedIn pages are not here, since we may not {in_words(lacking)}. {why}"


# -- checks ------------------------------------------------------------------------------------------


def counts_escaped(length: int, limit: int) -> str:
    return (
        f"{length - limit:,} too many for LinkedIn: {length:,} of {limit:,} characters. Brackets, underscores and the"
        " like count twice there."
    )


def only_one_thing() -> str:
    return "LinkedIn shows one thing with a post: pictures, a video, a document, a link or a poll. Take the others out."


def title_for_document() -> str:
    return "LinkedIn shows a document under a title. Write one."


def title_for_link() -> str:
    return "LinkedIn does not look at the page behind a link. Write the title that its card should have."


def title_not_shown() -> str:
    return "LinkedIn shows a title with a video or a document only."


def link_words_not_shown() -> str:
    return "The title and description belong to a link, and there is none."


def one_card_picture(number: int) -> str:
    return f"The card of a link has one picture on LinkedIn; this has {number}."


def connections_are_members() -> str:
    return "Pages have no connections on LinkedIn: choose everybody, or everybody who is signed in."


def poll_incomplete() -> str:
    return "A poll needs a question and two to four answers."


def too_many_pages(pages: int, limit: int) -> str:
    return f"This document has {pages} pages; LinkedIn takes at most {limit}."


def too_many_pixels(width: int, height: int) -> str:
    return f"{width} x {height} are too many pixels for LinkedIn: make the picture smaller."


def video_too_small(size: int, least: int) -> str:
    return f"This video has {size // 1024} KB; LinkedIn takes no less than {least // 1024} KB."


# -- the set-up --------------------------------------------------------------------------------------


def members_only() -> str:
    return "Only people's own profiles can be connected: pages need LinkedIn's Community Management API product."


def set_product() -> str:
    return "Once LinkedIn has given it to an application of its own, set its keys and LINKEDIN_PRODUCT=community."


def unknown_product(product: str) -> str:
    return f"LINKEDIN_PRODUCT is {product}, which is not one of LinkedIn's products."


def version_is(version: str) -> str:
    return f"LINKEDIN_API_VERSION is {version}, which is not a year and a month."


def version_ends(version: str, ends: datetime) -> str:
    return f"LinkedIn retires version {version} of its API about {ends:%-d %B %Y}."


def version_is_over(version: str, ends: datetime) -> str:
    return f"LinkedIn has retired version {version} of its API about {ends:%-d %B %Y}: every call is refused."


RAISE_VERSION = "Set LINKEDIN_API_VERSION to a newer one, and look at LinkedIn's list of changes before."


MEMBERS_WITHOUT_NUMBERS = (
    "LinkedIn gives numbers of a member's posts only to applications with its Community Management product."
    " Posts of pages have them."
)
