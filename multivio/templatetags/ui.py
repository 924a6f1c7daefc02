"""The small pieces of every page: icons, marks, states, avatars, times. Built into the engine, so no `{% load %}`.

What takes a body is a block tag; what is made of data and markup alone is a file in templates/components/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

register = template.Library()


@dataclass(frozen=True)
class Look:
    """How a state reads: its word, the class that colours it, and its glyph (`s-<glyph>` in components/sprite.html)."""

    word: str
    css: str
    glyph: str


LOOKS = {
    "draft": Look("Draft", "draft", "draft"),
    "scheduled": Look("Scheduled", "scheduled", "scheduled"),
    "leased": Look("Publishing", "publishing", "publishing"),
    "sending": Look("Publishing", "publishing", "publishing"),
    "publishing": Look("Publishing", "publishing", "publishing"),
    "published": Look("Published", "published", "published"),
    "partly": Look("Partly published", "partly", "partly"),
    "failed": Look("Failed", "failed", "failed"),
    "unknown": Look("Unknown", "unknown", "unknown"),
    "needs_human": Look("Needs you", "needs-you", "needs-you"),
    "needs_you": Look("Needs you", "needs-you", "needs-you"),
    "held": Look("Held", "held", "held"),
    "cancelled": Look("Cancelled", "cancelled", "cancelled"),
    # approval of a post
    "pending": Look("Needs approval", "approval", "approval"),
    "changes": Look("Changes asked for", "approval", "approval"),
    "edited": Look("Changed since approved", "approval", "approval"),
    "approved": Look("Approved", "published", "published"),
    # health of a connection
    "ok": Look("OK", "published", "published"),
    "expiring": Look("Expiring", "expiring", "needs-you"),
    "broken": Look("Broken", "broken", "failed"),
}
PLATFORM_NAMES = {
    "x": "X",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "threads": "Threads",
}
AVATAR_SHADES = 8


@dataclass(frozen=True)
class Place:
    """A page one can go to from anywhere in a workspace."""

    view: str
    label: str
    icon: str
    keys: str


PLACES = (
    Place("home", "Home", "house", "g h"),
    Place("posts", "Posts", "file-text", "g p"),
    Place("connections", "Connections", "plug", "g o"),
    Place("publishing", "Publishing", "activity", "g u"),
    Place("settings", "Settings", "settings", "g s"),
)


# -- drawings ----------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A lucide icon, inlined; size and colour come from the style sheet."""
    return _icon(str(name), str(css))


@lru_cache(maxsize=256)
def _icon(name: str, css: str) -> SafeString:
    svg = lucide(name, size=None, aria_hidden="true", **{"class": f"icon {css}".strip()})
    for fixed in ('width="24"', 'height="24"', 'stroke-width="2"'):
        svg = svg.replace(fixed, "", 1)
    return mark_safe(" ".join(svg.split()))  # noqa: S308 - drawn by the package from its own file


@register.simple_tag
def mark(platform: str, css: str = "", *, hidden: bool = False) -> SafeString:
    """The tile of a platform; `hidden` where its name stands beside it."""
    named = mark_safe('aria-hidden="true"')
    if not hidden:
        named = format_html('role="img" aria-label="{}"', PLATFORM_NAMES[platform])
    return format_html(
        '<svg class="mark {0} {1}" viewBox="0 0 20 20" {2}><use href="#m-{0}"/></svg>', platform, css, named
    )


@register.simple_tag
def marks(platforms: list[str], css: str = "") -> SafeString:
    return format_html(
        '<span class="marks">{}</span>', format_html_join("", "{}", ((mark(p, css),) for p in platforms))
    )


@register.simple_tag
def glyph(state: str, *, hidden: bool = False) -> SafeString:
    """The shape of a state, alone."""
    look = LOOKS[state]
    named = mark_safe('aria-hidden="true"') if hidden else format_html('role="img" aria-label="{}"', look.word)
    return format_html(
        '<svg class="state {}" viewBox="0 0 16 16" {}><use href="#s-{}"/></svg>', look.css, named, look.glyph
    )


@register.simple_tag
def state(value: str, word: str = "", css: str = "") -> SafeString:
    """Glyph and word of a state as stored, or another word ("Published 09:30")."""
    look = LOOKS[value]
    return format_html(
        '<span class="state {} {}"><svg viewBox="0 0 16 16" aria-hidden="true"><use href="#s-{}"/></svg>{}</span>',
        look.css,
        css,
        look.glyph,
        word or look.word,
    )


@register.simple_tag
def ring(part: float, css: str = "") -> SafeString:
    """A circle filled by `part`, 0 to 1; what it counts is said in words beside it."""
    length = f"{94.25 * min(max(float(part), 0), 1):.1f}"
    return format_html(
        '<svg class="ring {}" viewBox="0 0 36 36" aria-hidden="true"><circle cx="18" cy="18" r="15"/>'
        '<circle cx="18" cy="18" r="15" stroke-dasharray="{} 94.25"/></svg>',
        css,
        length,
    )


@register.simple_tag
def avatar(name: str, css: str = "", *, platform: str = "", picture: str = "") -> SafeString:
    """Initials on a colour of the name's own, or a picture, with the platform's mark in the corner if given.

    The name always stands beside it (or in the label of what holds it), so it is hidden from screen readers.
    """
    face = format_html('<img src="{}" alt="" loading="lazy" referrerpolicy="no-referrer">', picture)
    return format_html(
        '<span class="avatar shade-{} {}" aria-hidden="true">{}{}</span>',
        crc32(str(name).encode()) % AVATAR_SHADES + 1,
        css,
        face if picture else initials(name),
        mark(platform, hidden=True) if platform else "",
    )


@register.simple_tag
def portrait(user: Any, css: str = "") -> SafeString:
    """The picture of a user of the product, or their initials."""
    return avatar(user.get_full_name(), css, picture=reverse("picture", args=[user.picture]) if user.picture else "")


def initials(name: str) -> str:
    """Up to two letters: "Maja Lindqvist" gives ML, "@norrestudio" N, "maja@norre.studio" M."""
    words = str(name).lstrip("@").split("@")[0].split()
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)]
    return "".join(letters).upper() or "?"


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def browser(user_agent: str) -> str:
    """Words for a User-Agent header: "Firefox on Windows". Their order matters, as most claim to be several."""
    name = next((word for sign, word in BROWSERS if sign in user_agent), "Unknown browser")
    system = next((word for sign, word in SYSTEMS if sign in user_agent), "")
    return f"{name} on {system}" if system else name


# -- times: in the zone that the request's middleware activated, which is the workspace's ------------------------------


@register.simple_tag
def clock(at: datetime | None, precision: str = "minutes") -> SafeString:
    """The time of day, with the date and the zone's name on hover; `precision` may be "seconds"."""
    return _time(at, "H:i:s" if precision == "seconds" else "H:i")


@register.simple_tag
def moment(at: datetime | None) -> SafeString:
    """The day and the time: "Today, 09:30", "Thu 26 Nov, 09:30", with the year where it is another."""
    if at is None:
        return SafeString("")
    days = (timezone.localdate(at) - timezone.localdate()).days
    near = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}.get(days)
    day = "".join(f"\\{letter}" for letter in near) if near else "D j M"
    if not near and timezone.localdate(at).year != timezone.localdate().year:
        day = "j M Y"
    return _time(at, f"{day}, H:i")


def _time(at: datetime | None, pattern: str) -> SafeString:
    if at is None:
        return SafeString("")
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}, {}">{}</time>',
        at.isoformat(timespec="seconds"),
        format_date(local, "l j F Y, H:i:s"),
        timezone.get_current_timezone_name(),
        format_date(local, pattern),
    )


@register.filter
def lasted(start: datetime | None, end: datetime | None) -> str:
    """How long something took: `{{ attempt.started_at|lasted:attempt.finished_at }}` gives "0.6 s"."""
    return f"{(end - start).total_seconds():.1f} s" if start and end else ""


# -- navigation --------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[dict[str, object]]:
    """The pages of the workspace: {label, icon, keys, url, is_current, count}, none where there is no workspace."""
    workspace, request = context.get("workspace"), context.get("request")
    if not workspace:
        return []
    home = reverse(PLACES[0].view, args=[workspace.slug])
    path = request.path if request else ""
    found: list[dict[str, object]] = []
    for place in PLACES:
        url = reverse(place.view, args=[workspace.slug])
        is_current = path == url or (url != home and path.startswith(url))
        count = context.get("needs_you_count", 0) if url == home else 0
        found.append(
            {
                "label": place.label,
                "icon": place.icon,
                "keys": place.keys,
                "url": url,
                "is_current": is_current,
                "count": count,
            }
        )
    return found


@dataclass(frozen=True)
class SettingsPlace:
    """A page of the settings, of a workspace or of one's account. `right` is what a role needs to see it, `when` a value of
    the shell's context without which there is no such page."""

    view: str
    label: str
    icon: str
    right: str = ""
    when: str = ""


SETTINGS = (
    SettingsPlace("settings", "Workspace", "building-2"),
    SettingsPlace("members", "Members", "users"),
    SettingsPlace("schedules", "Posting schedule", "calendar-clock"),
    SettingsPlace("approval", "Approval", "badge-check"),
    SettingsPlace("brand_voice", "Grok", "sparkles"),
    SettingsPlace("plan", "Plan and usage", "credit-card"),
    SettingsPlace("api_keys", "API keys", "key-round"),
    SettingsPlace("audit_trail", "Audit trail", "scroll-text", right="manage"),
)
ACCOUNT = (
    SettingsPlace("profile", "Profile", "circle-user-round"),
    SettingsPlace("account_email", "E-mail", "mail"),
    SettingsPlace("account_change_password", "Password", "lock-keyhole"),
    SettingsPlace("mfa_index", "Second factor", "shield-check"),
    SettingsPlace("socialaccount_connections", "Other ways in", "log-in", when="google_sign_in"),
    SettingsPlace("usersessions_list", "Sessions", "monitor-smartphone"),
    SettingsPlace("notification_preferences", "Notifications", "bell"),
    SettingsPlace("activity", "Activity", "scroll-text"),
)


@register.simple_tag(takes_context=True)
def settings_navigation(context: template.Context) -> list[dict[str, object]]:
    """The pages of the workspace's settings that one's role may see: {label, icon, url, is_current}."""
    may: dict[str, bool] = context.get("may") or {}
    return _subpages(context, [place for place in SETTINGS if not place.right or may.get(place.right)])


@register.simple_tag(takes_context=True)
def account_navigation(context: template.Context) -> list[dict[str, object]]:
    """The same of one's own account."""
    return _subpages(context, [place for place in ACCOUNT if not place.when or context.get(place.when)])


def _subpages(context: template.Context, places: Iterable[SettingsPlace]) -> list[dict[str, object]]:
    workspace, path = context.get("workspace"), context["request"].path
    named = [workspace.slug] if workspace else []
    urls = {place: reverse(place.view, args=named if place in SETTINGS else []) for place in places}
    # A page below another one is that one's, and of several the nearest.
    current = max((url for url in urls.values() if path.startswith(url)), key=len, default="")
    return [
        {"label": place.label, "icon": place.icon, "url": url, "is_current": url == current}
        for place, url in urls.items()
    ]


# -- forms -------------------------------------------------------------------------------------------------------------


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The widget of a field without a placeholder: a label says what belongs there."""
    return field.as_widget(attrs={"placeholder": False})


# -- blocks ------------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def notice(content: str, tone: str = "", *, icon: str = "info", role: str = "") -> SafeString:
    """A sentence inside a page: what, why, what next. Tones: warn, bad, good, info, or none."""
    return _component("notice", content=content, tone=tone, icon=icon, role=role)


@register.simple_block_tag
def matter(content: str, state: str, *, title: str) -> SafeString:
    """One thing that needs a person. The body is a `<p>` and, if something can be done, `<div class="actions">`."""
    return _component("matter", content=content, state=state, title=title)


@register.simple_block_tag
def empty_state(content: str, *, icon: str, title: str) -> SafeString:
    """What will be here and why it is good; the body ends with one action."""
    return _component("empty_state", content=content, icon=icon, title=title)


@register.simple_block_tag
def dialog(content: str, id: str, *, title: str) -> SafeString:
    """A modal dialog, opened by `<button command="show-modal" commandfor="<id>">`; the body holds its forms."""
    return _component("dialog", content=content, id=id, title=title)


def _component(name: str, **context: object) -> SafeString:
    return render_to_string(f"components/{name}.html", context)
