"""How an entry of the audit trail reads."""

import re
from typing import Any

from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.dateparse import parse_datetime

from accounts.audit_models import AuditEntry

register = template.Library()

# Where the words of the action alone would not read well after a name: "Alice … the post".
DEEDS = {
    "post.created": "wrote a post",
    "post.edited": "edited a post",
    "post.deleted": "deleted a post",
    "post.cancelled": "cancelled a post",
    "post.published_now": "published a post now",
    "post.moved": "moved a post",
    "publication.retried": "tried a publication again",
    "publication.cancelled": "cancelled a publication",
    "publication.found_there": "found a publication on the platform",
    "publication.upload_taken_away": "took away the upload of a cancelled publication",
    "publication.deletion_asked": "asked for a publication to be deleted on its platform",
    "publication.deleted_there": "had a publication deleted on its platform",
    "publication.deletion_failed": "could not have a publication deleted on its platform",
    "publication.deletion_unknown": "does not know whether a publication was deleted on its platform",
    "publication.not_there": "did not find a publication on the platform",
    "publication.published": "published a post",
    "publication.failed": "could not publish a post",
    "publication.needs_human": "does not know whether a post is public",
    "publication.held": "holds a post",
    "missed.cancelled": "cancelled posts that missed their time",
    "missed.published": "published posts that missed their time",
    "media.uploaded": "uploaded media",
    "media.described": "changed the alt text of media",
    "media.deleted": "deleted media",
    "connection.connected": "connected an account",
    "connection.reconnected": "connected an account again",
    "connection.disconnected": "disconnected an account",
    "connection.lost": "lost the access to an account",
    "connection.access_returned": "gave the access to an account back to the platform",
    "connection.access_not_returned": "could not give the access to an account back",
    "connection.ending": "saw that the access to an account ends",
    "connection.forgotten": "forgot an account whose data had to go",
    "connection.paused": "paused an account",
    "connection.resumed": "let an account go on",
    "connection.schedule_set": "set a posting schedule",
    "connection.rests": "lets an account rest, since the plan has no room for it",
    "connection.goes_on": "lets an account go on, since the plan has room again",
    "workspace.created": "created the workspace",
    "workspace.paused": "paused publishing",
    "workspace.resumed": "let publishing go on",
    "workspace.missed_window_set": "changed what happens to missed posts",
    "access.refused": "tried something that was refused",
    "invitation.refused": "tried an invitation that is used up",
    "key.refused": "refused an API key that no longer works",
    "sign_in.refused": "tried to sign in and was refused",
    "key.made": "made an API key",
    "key.revoked": "revoked an API key",
    "key.rotated": "rotated an API key",
    "plan.checkout_started": "went to pay for a plan",
    "plan.subscribed": "began a plan that was paid",
    "plan.changed": "brought the plan up to what Stripe says",
    "plan.change_asked": "changed the plan",
    "plan.seats_asked": "changed the number of seats",
    "plan.cancel_asked": "cancelled the plan",
    "plan.resume_asked": "kept the plan",
    "plan.portal_opened": "opened Stripe’s pages for card and address",
    "plan.held": "holds posts until the plan is paid",
    "plan.released": "let posts go that waited for a payment",
    "plan.connections_chosen": "chose which accounts stay",
    "plan.connections_announced": "asked which accounts stay, since the plan has no room for all",
    "plan.connections_rest": "lets accounts rest for which the plan has no room",
    "plan.connections_go_on": "lets all accounts go on, since the plan has room for them",
    "plan.given": "gave a plan away",
    "plan.taken_back": "took a given plan back",
    "note.added": "left a note on a post",
    "note.deleted": "deleted a note on a post",
    "post.approval_pending": "asked for approval of a post",
    "post.approval_approved": "approved a post",
    "post.approval_withdrawn": "withdrew a request for approval",
    "member.role_changed": "changed a member’s role",
    "member.removed": "removed a member",
    "member.left": "left the workspace",
    "invitation.sent": "invited somebody",
    "invitation.sent_again": "sent an invitation again",
    "invitation.withdrawn": "withdrew an invitation",
    "invitation.accepted": "accepted an invitation",
    "workspace.changed": "changed the workspace’s settings",
    "workspace.approval_changed": "changed the rule for approval",
    "workspace.handed_over": "handed the workspace over",
    "workspace.closed": "deleted the workspace",
    "workspace.deleted": "deleted the workspace for good",
    "workspace.kept": "took back the deletion of the workspace",
    "sign_in": "signed in",
    "sign_out": "signed out",
    "sign_in.failed": "tried to sign in and failed",
    "sign_in.ended": "ended sessions that began at Firebase",
    "sign_in.added": "added a way to sign in",
    "sign_in.removed": "removed a way to sign in",
    "password.changed": "changed the password",
    "password.reset": "reset the password",
    "email.added": "added an e-mail address",
    "email.removed": "removed an e-mail address",
    "email.made_primary": "made another e-mail address the primary one",
    "second_factor.added": "added a second factor",
    "second_factor.removed": "removed a second factor",
    "second_factor.reset": "made new recovery codes",
    "account.profile_changed": "changed the profile",
    "account.deleted": "deleted the account",
    "audit.exported": "exported the audit trail",
    "audit.purged": "let old entries of the trail go",
    "support.opened": "opened the workspace as support",
    "support.looked": "looked at a page as support",
    "support.left": "left the workspace as support",
    "support.added": "added a row at the support desk",
    "support.changed": "changed a row at the support desk",
    "support.deleted": "deleted a row at the support desk",
}
LONGEST = 300
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:")


@register.filter
def deed(entry: AuditEntry) -> str:
    """What was done, in words: "edited a post"; of what is new here the action's own: "member: role changed"."""
    area, _, verb = entry.action.partition(".")
    return DEEDS.get(entry.action) or f"{area.replace('_', ' ')}: {verb.replace('_', ' ')}"


@register.filter
def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Name, before and after of everything that changed."""
    content = entry.content or {}
    before, after = content.get("before") or {}, content.get("after") or {}
    rows = [
        (name.replace("_", " ").capitalize(), _shown(before.get(name)), _shown(after.get(name)))
        for name in {**before, **after}
    ]
    return [row for row in rows if row[1] or row[2]]


def _shown(value: Any) -> str:
    text = _words(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _words(value: Any) -> str:
    """A value as people read it; the file has it as data."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        said = ((name, _words(item)) for name, item in value.items() if item is not False)
        return ", ".join(f"{name.replace('_', ' ')} {words}" for name, words in said if words)
    if isinstance(value, list):
        return "; ".join(_words(item) for item in value)
    return _moment(value) if isinstance(value, str) and MOMENT.match(value) else str(value)


def _moment(value: str) -> str:
    """A moment in the zone of the page; the trail keeps it in UTC."""
    try:
        at = parse_datetime(value)
    except ValueError:
        return value
    return format_date(timezone.localtime(at), "j M Y, H:i") if at and timezone.is_aware(at) else value
