"""Every sentence about a platform that people read, in one place: what happened, and what to do next."""

from collections.abc import Sequence
from datetime import datetime

from social.contract import MediaKind, Option, OptionKind

KINDS = {
    MediaKind.IMAGE: "picture",
    MediaKind.GIF: "GIF",
    MediaKind.VIDEO: "video",
    MediaKind.DOCUMENT: "document",
}

# -- what a platform answered ----------------------------------------------------------------------

RECONNECT = "Reconnect the account on the Connections page."
EDIT = "Edit the post, then publish it again."
NOTHING_TO_DO = "Nothing to do: we try again by ourselves."
UNREADABLE = "The stored access to this account cannot be opened: its key is missing from our settings."
DATABASE_BUSY = "Our database did not answer in time, so nothing was sent."
WE_LOOK = "We are looking for it there. Nothing is sent twice on a guess."
ASK_OPERATOR = "Whoever runs this installation has to look after it; your posts wait until then."


def not_reached(name: str) -> str:
    return f"{name} could not be reached, so nothing was sent."


def no_answer(name: str) -> str:
    return f"{name} did not say whether it took the post."


def trouble(name: str) -> str:
    return f"{name} has trouble of its own right now. Nothing was published."


def not_recognised(name: str) -> str:
    return f"{name} does not recognise our access to this account any more."


def ended(name: str) -> str:
    return f"{name} has ended our access to this account."


def lacks_permission(name: str) -> str:
    return f"{name} did not give us permission for this on the account."


def lacks_scopes(name: str, wanted: list[str]) -> str:
    return f"{name} did not give us everything that publishing needs. Missing: {', '.join(wanted)}."


def read_only_app(name: str) -> str:
    return f"Our application may only read on {name}, not publish."


def app_not_allowed(name: str) -> str:
    return f"{name} does not let our application publish at the moment."


def app_keys_refused(name: str) -> str:
    return f"{name} does not accept the keys of our application."


def no_credits(name: str) -> str:
    return f"Our application has used up its credits on {name}. Nothing is published there until they are topped up."


def app_quota(name: str, until: datetime) -> str:
    return f"Our application has used up what {name} allows it. It goes on at {until:%H:%M} UTC on {until:%d %B}."


def slow_down(name: str, until: datetime) -> str:
    return f"{name} wants fewer posts at a time from this account. It goes on at {until:%H:%M} UTC."


def duplicate(name: str) -> str:
    return f"{name} says that this account has already posted exactly this."


def reply_not_allowed(name: str) -> str:
    return f"{name} does not let this account reply there."


def parent_not_visible(name: str) -> str:
    return f"{name} does not show the part before this one yet."


def suspended(name: str) -> str:
    return f"{name} has suspended or locked this account."


def see_platform(name: str) -> str:
    return f"Sign in on {name} and do what it asks there, then publish again."


def not_permitted(name: str) -> str:
    return f"{name} does not permit this account to publish this."


def video_too_long_there(name: str) -> str:
    return f"{name} says that this account may not post a video as long as this one."


def refused(name: str, reason: str) -> str:
    return f"{name} refused it: {reason.rstrip('.')}." if reason else f"{name} refused it without a reason."


def media_refused(name: str, reason: str) -> str:
    return (
        f"{name} could not use the picture or video: {reason.rstrip('.')}."
        if reason
        else (f"{name} could not use the picture or video.")
    )


def still_processing(name: str) -> str:
    return f"{name} is still preparing the video."


def upload_expired(name: str) -> str:
    return f"{name} no longer holds the uploaded picture or video; it is uploaded again."


def upload_failed(name: str) -> str:
    return f"The picture or video could not be uploaded to {name} this time."


# -- deleting what is public, and its numbers --------------------------------------------------------

ASK_AGAIN = "Ask again: deleting twice does no harm."


def not_deleted(name: str) -> str:
    return f"{name} could not be reached, so nothing was deleted."


def perhaps_deleted(name: str) -> str:
    return f"{name} did not say whether it deleted it, so it may or may not be there still."


def delete_there(name: str) -> str:
    return f"Delete it on {name} itself."


def may_not_delete(name: str) -> str:
    return f"{name} did not give us permission to delete posts of this account. Delete it there, or connect the account again."


def may_not_measure(name: str) -> str:
    return f"{name} did not give us permission to read numbers of this account. Connect it again to allow it."


def number_never_told(name: str) -> str:
    return f"We do not know what {name} calls this post, so it can only be deleted there."


# -- what a check before sending found -------------------------------------------------------------


def empty(*, is_thread: bool) -> str:
    return "This part has neither text nor media." if is_thread else "Write something, or add a picture or video."


def too_long(name: str, length: int, limit: int) -> str:
    return f"{length - limit:,} too many for {name}: {length:,} of {limit:,} characters."


def bad_characters(name: str) -> str:
    return f"The text contains invisible characters that {name} refuses."


def too_many_cashtags(name: str, number: int) -> str:
    return f"{name} takes one $cashtag in a post; this has {number}."


def too_few_answers(name: str, number: int, least: int, most: int) -> str:
    return f"A poll on {name} has {least} to {most} answers; this has {number}."


def empty_answer(name: str) -> str:
    return f"{name} takes no empty answer in a poll. Write one, or leave it out."


def answer_twice() -> str:
    return "Two answers of the poll are the same."


def poll_with_media(name: str) -> str:
    return f"{name} shows a poll or media, not both. Take the pictures out of the first part, or the poll."


def no_poll(name: str) -> str:
    return f"There is no poll for {name} whose length this could be: write its answers as well."


def no_thread(name: str) -> str:
    return f"{name} has no threads: put everything into one part."


def too_many_parts(name: str, number: int, limit: int) -> str:
    return f"A thread on {name} has at most {limit} parts; this has {number}."


def kind_not_taken(name: str, kind: MediaKind) -> str:
    return f"{name} takes no {KINDS[kind]}."


def mixed_kinds(name: str) -> str:
    return f"{name} does not mix pictures, GIFs and videos in one part."


def too_many_media(name: str, kind: MediaKind, number: int, limit: int) -> str:
    return f"{name} takes {limit} {KINDS[kind]}{'' if limit == 1 else 's'} in a part; this has {number}."


def wrong_type(name: str, mime: str, mimes: tuple[str, ...]) -> str:
    return f"{name} takes {', '.join(_short(each) for each in mimes)} here, not {_short(mime)}."


def too_big(name: str, kind: MediaKind, size: int, limit: int) -> str:
    return f"This {KINDS[kind]} has {megabytes(size)}; {name} takes at most {megabytes(limit)}."


def too_wide(name: str, width: int, height: int, max_width: int, max_height: int) -> str:
    return f"{width} x {height} pixels are too many for {name}: at most {max_width} x {max_height}."


def too_many_frames(name: str, frames: int, limit: int) -> str:
    return f"This GIF has {frames} frames; {name} takes at most {limit}."


def too_many_pixels(name: str) -> str:
    return f"This GIF is too heavy for {name}: make it smaller or shorter."


def too_short(name: str, seconds: float, limit: float) -> str:
    return f"This video lasts {seconds:.1f} s; {name} takes no less than {limit:g} s."


def lasts_too_long(name: str, seconds: float, limit: float) -> str:
    return f"This video lasts {duration(seconds)}; {name} takes at most {duration(limit)} from this account."


def wrong_shape(name: str, width: int, height: int) -> str:
    return f"{width} x {height} is too narrow or too wide for a video on {name}."


def media_needed(name: str) -> str:
    return f"{name} takes no post without a picture or video. Add one."


def unknown_option(name: str, key: str) -> str:
    return f"{name} has no option “{key}”. Leave it out."


def wrong_option(name: str, option: Option) -> str:
    return f"“{option.label}” does not fit {name}. {_what_fits(option)}"


def _what_fits(option: Option) -> str:
    each = f"of at most {option.limit:,} characters" if option.limit else "of words"
    highest = f"from {option.least:,} to {option.limit:,}" if option.limit else f"of at least {option.least:,}"
    return {
        OptionKind.CHOICE: f"Choose one of: {', '.join(choice for choice, _ in option.choices)}.",
        OptionKind.SWITCH: "Say yes or no.",
        OptionKind.TEXT: f"It is one text {each}.",
        OptionKind.LINK: "It is one address that begins with https://.",
        OptionKind.LIST: f"It is a list of {f'at most {option.most} entries' if option.most else 'entries'}, each {each}.",
        OptionKind.NUMBER: f"It is a whole number {highest}.",
    }[option.kind]


def option_needed(name: str, label: str) -> str:
    return f"{name} wants you to choose “{label}” yourself."


def alt_text_too_long(name: str, length: int, limit: int) -> str:
    return f"The alt text has {length:,} characters; {name} takes {limit:,}."


def no_alt_text(kind: MediaKind) -> str:
    return f"This {KINDS[kind]} has no alt text: people who cannot see it will not know what it shows."


# -- connecting an account -------------------------------------------------------------------------

TRY_AGAIN = "Try again."


def denied(name: str) -> str:
    return f"{name} was not connected, because access was denied there. {TRY_AGAIN}"


def chosen(*, kept: int, left: int) -> str:
    accounts = f"{kept} account{'' if kept == 1 else 's'} connected"
    return f"{accounts}, {left} left out. Connect again to add them later." if left else f"{accounts}."


def nothing_more_there() -> str:
    return "There is nothing connected there that could open more accounts."


def found_more(name: str, names: list[str]) -> str:
    return f"New on {name}: {', '.join(names)}." if names else f"{name} shows no account that is not here already."


def handshake_lost(name: str) -> str:
    return f"{name} was not connected: this was started in another browser, or too long ago. {TRY_AGAIN}"


def handshake_failed(name: str) -> str:
    return f"{name} was not connected, because it did not confirm the access in time. {TRY_AGAIN}"


def other_person(name: str) -> str:
    return f"{name} was not connected: somebody else was signed in when this was started. {TRY_AGAIN}"


def may_not_connect(name: str) -> str:
    return f"{name} was not connected: you may not connect accounts in that workspace."


def not_a_log_in(name: str) -> str:
    return f"{name} cannot be used to sign in. Sign in first, then connect it in a workspace."


def not_offered(name: str) -> str:
    return f"{name} cannot be connected here yet: its keys are missing in the settings."


def connected(name: str, username: str, person: str = "") -> str:
    return f"Connected {f'@{username}' if username else person} on {name}."


def disconnected(name: str, username: str, person: str = "", *, held: int) -> str:
    waiting = f" {held} scheduled post{'' if held == 1 else 's'} will wait until you connect it again." if held else ""
    return f"Disconnected {f'@{username}' if username else person} on {name}.{waiting}"


def not_revoked(name: str) -> str:
    return f"{name} could not be told: remove the access in your settings there as well."


def not_revoked_yet(name: str) -> str:
    return f"{name} does not answer right now: we tell it later. To be sure, remove the access in your settings there."


def is_disconnected(name: str) -> str:
    return f"{name} is disconnected."


def disconnected_by(person: str) -> str:
    return f"Disconnected by {person}."


# -- how an account is -------------------------------------------------------------------------------

RESTS = "Nothing is lost: it goes on by itself when the plan has room. See Plan and usage."
ACCOUNT_PAUSED = "Somebody paused it: what is scheduled waits."


def renews_itself(name: str) -> str:
    return f"Access to {name} is renewed by itself, well before it ends."


def does_not_end(name: str) -> str:
    return f"Access to {name} does not end by itself."


def ends_on(name: str, when: str) -> str:
    return f"{name} ends our access on {when}, unless somebody connects the account again before."


def at_risk(number: int) -> str:
    if not number:
        return ""
    return f"{number} scheduled post{' comes' if number == 1 else 's come'} after that and would be held."


def renewal_fails(name: str, times: int) -> str:
    return f"{name} did not renew our access the last {times} time{'' if times == 1 else 's'}; we keep trying."


def has_scopes(name: str) -> str:
    return f"{name} gave us every permission that publishing needs."


def lacks_optional(name: str, missing: Sequence[str]) -> str:
    return f"{name} did not give us {', '.join(missing)}: what needs it is not offered for this account."


def limited_until(name: str, when: str) -> str:
    return f"{name} takes nothing more from this account until {when}. What is due waits and goes out then."


def reading_ends(name: str, when: str) -> str:
    return f"{name} lets us read numbers and comments until {when}; publishing goes on."


def is_primary(handle: str, name: str) -> str:
    return f"{handle} comes first among your accounts on {name} now."


def last_published(when: str) -> str:
    return f"Something was published last on {when}." if when else "Nothing has been published here yet."


# -- units -----------------------------------------------------------------------------------------


def megabytes(size: int) -> str:
    if size >= 1024**3:
        return f"{size / 1024**3:.1f} GB".replace(".0 ", " ")
    return f"{size / 1024**2:.1f} MB".replace(".0 ", " ")


def duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min" + (f" {rest} s" if rest else "")


def _short(mime: str) -> str:
    return {"video/quicktime": "MOV", "image/jpeg": "JPG"}.get(mime, mime.rpartition("/")[2].upper())


# -- Meta: Facebook, Instagram, Threads --------------------------------------------------------------


def checkpoint(name: str) -> str:
    return f"{name} wants the person who connected this account to confirm who they are. Sign in on {name} first."


def password_changed(name: str) -> str:
    return f"{name} ended our access, because the password of the person who connected this account was changed."


def role_lost(name: str) -> str:
    return (
        f"The person who connected this has no role there any more on {name}. Somebody else who has one can connect it."
    )


def blocked_for_a_while(name: str) -> str:
    return f"{name} does not let this account publish for now: too much too fast, or against its rules. We wait a day."


def link_refused(name: str) -> str:
    return f"{name} does not take the link in this post."


def content_flagged(name: str) -> str:
    return f"{name} takes this content for spam or against its rules."


def page_authorization(name: str) -> str:
    return (
        f"{name} wants whoever runs this Page to finish its Page publishing authorization before anything is published."
    )


def feature_gone(name: str) -> str:
    return f"{name} no longer offers this kind of post."


def no_page_ticked(name: str) -> str:
    return f"{name} was not connected: no Page was ticked there, or there is none. Connect again and tick your Pages."


def no_page_allows(name: str) -> str:
    return f"{name} was not connected: you may not publish on any of these Pages. Ask whoever runs the Page for a role."


def link_with_media(name: str) -> str:
    return f"{name} shows a link or media, not both. Put the link into the text, or take the media out."


def no_comment_under_story(name: str) -> str:
    return f"A story on {name} has no comments. Take the first comment out."


def may_not_comment(name: str) -> str:
    return f"{name} did not let us comment for this Page. Reconnect it and leave that permission ticked."


def title_needs_video(name: str) -> str:
    return f"{name} shows a title on videos only."


def mark_needs_reel(name: str) -> str:
    return f"{name} takes the AI mark on reels and stories only."


def story_without_text(name: str) -> str:
    return f"{name} shows no text with a story: only the picture or video is published."


def one_in_a_story(name: str, number: int) -> str:
    return f"A story on {name} is one picture or video; this has {number}."


def too_small(name: str, width: int, height: int, least_width: int, least_height: int) -> str:
    return f"{width} x {height} pixels are too few for {name}: at least {least_width} x {least_height}."


def gif_may_stand_still(name: str) -> str:
    return f"{name} may show this GIF as a picture that does not move. A video moves for certain."


def taken_and_processing(name: str) -> str:
    return f"{name} has taken the video and is preparing it. We look again until it is public."


def access_removed_there(name: str) -> str:
    return f"Our access was removed in the settings of {name}."


def data_deleted(name: str) -> str:
    return f"The data of this account was deleted, as asked for on {name}."
