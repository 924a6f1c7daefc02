"""The page of one post: what happened to it, and what can be done about it now."""

from collections.abc import Set
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import ApprovalPolicy
from accounts.pages import WorkspaceRequest
from accounts.roles import Right
from accounts.services import Actor
from billing import limits
from billing.context import shown_standing
from posts import content as contents
from posts import reading, services
from posts.forms import is_editable
from posts.models import Note, Post
from posts.reading import Story
from posts.services.approving import is_free, is_own
from posts.services.queueing import is_in_slots
from posts.states import IN_FLIGHT, Approval, OnApproval, PostState, State
from posts.views.doors import action, back_to_post, page, post_or_404, publication_or_404
from social import platforms

STARTABLE = {State.DRAFT, State.SCHEDULED, State.HELD}


@page
def post(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """The page, or for htmx only what moves on it: 204 while it would look as the reader's copy does (`seen`)."""
    found = reading.post_with_story(request.actor.workspace, uid)
    if found is None:
        raise Http404("no such post")
    seen = reading.digest(found)
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    return render(request, "posts/post.html" + ("#moving" if request.htmx else ""), _context(request, found, seen))


def _context(request: WorkspaceRequest, post: Post, seen: str) -> dict[str, object]:
    since = limits.history_since(request.actor.workspace, found=shown_standing(request))
    stories = reading.stories(post, since=since)
    to_decide = [story for story in stories if story.to_decide]
    deletable = [story for story in stories if story.can_delete_there] if request.actor.may(Right.PUBLISH) else []
    deletable_uids = ",".join(str(story.publication.uid) for story in deletable)
    open_uids = ",".join(str(story.publication.uid) for story in to_decide)
    return {
        "post": post,
        "needs_you_count": post.needs_you,  # type: ignore[attr-defined]
        "stories": stories,
        "to_decide": [(story, _profile_url(story)) for story in to_decide],
        "open_uids": open_uids,
        # A form somebody may be filling in is left alone unless the question itself has changed.
        "decisions_changed": request.htmx and request.GET.get("open", "") != open_uids,
        "deletable": deletable,
        "deletable_uids": deletable_uids,
        # As with the decisions: a question that somebody is reading is not taken away.
        "dialogs_changed": request.htmx and request.GET.get("deletable", "") != deletable_uids,
        "parts": contents.of_post(post).parts,
        "summary": reading.summary(post),
        "seen": seen,
        "pace": reading.pace(post, now=timezone.now()),
        "in_slots": is_in_slots(post),
        **_possible(request, post, stories),
    }


def _possible(request: WorkspaceRequest, post: Post, stories: list[Story]) -> dict[str, object]:
    """What this person can do with this post now."""
    states = {story.publication.state for story in stories}
    may_write, may_publish = request.actor.may(Right.WRITE_POSTS), request.actor.may(Right.PUBLISH)
    untouched = not any(story.publication.committed or story.publication.tries for story in stories)
    return {
        "may_write": may_write,
        "may_publish": may_publish,
        "can_edit": may_write and is_editable(post),
        "can_publish": may_publish and bool(states & STARTABLE) and is_free(request.actor.workspace, post),
        **_approval(request.actor, post, states),
        "can_cancel": may_publish and bool(states & {State.SCHEDULED, State.HELD, *IN_FLIGHT}),
        "can_delete": may_write and states <= {State.DRAFT, State.CANCELLED} and untouched,
    }


def _approval(actor: Actor, post: Post, states: Set[str]) -> dict[str, object]:
    """Where the post stands between asking and a yes, and what this person can do about it."""
    is_on = actor.workspace.approval != ApprovalPolicy.NONE
    is_waiting = post.approval == Approval.PENDING
    asked_by_me = post.asked_by_id == actor.user.pk
    return {
        "approval_on": is_on,
        "can_ask": is_on
        and actor.may(Right.WRITE_POSTS)
        and not is_waiting
        and post.approval != Approval.APPROVED
        and bool(states)
        and states <= {State.DRAFT, State.HELD},
        "can_approve": is_on and is_waiting and actor.may(Right.APPROVE),
        "is_own": is_own(post, actor.user.pk),
        "can_withdraw": is_on
        and post.approval in {Approval.PENDING, Approval.CHANGES, Approval.EDITED}
        and (asked_by_me or actor.may(Right.APPROVE)),
        "notes": reading.notes_on(post),
        "may_manage": actor.may(Right.MANAGE),
    }


def _profile_url(story: Story) -> str:
    connection = story.publication.connection
    return platforms.get(connection.platform).account_url(username=connection.username, kind=connection.kind)


@action
def ask_approval(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """Ask for a yes to the post as it is; when it goes out then is decided by whoever publishes it."""
    services.request_approval(
        actor=request.actor, post=post_or_404(request, uid), comment=request.POST.get("comment", "")
    )
    messages.success(request, "Sent for approval. You are told what becomes of it.")
    return back_to_post(request, uid)


@action
def approve(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """Yes, or with the other button: not like this."""
    post, comment = post_or_404(request, uid), request.POST.get("comment", "")
    if request.POST.get("answer") == "changes":
        services.ask_for_changes(actor=request.actor, post=post, comment=comment)
        messages.success(request, "Asked for changes.")
        return back_to_post(request, uid)
    version = request.POST.get("version", "")
    post = services.approve(
        actor=request.actor, post=post, comment=comment, version=int(version) if version.isdecimal() else 0
    )
    if post.state == PostState.DRAFT and post.on_approval == OnApproval.NEXT:
        messages.warning(request, "Approved. No slot is free any more: choose a time, or add slots to its accounts.")
    elif post.state == PostState.DRAFT and post.on_approval == OnApproval.AT:
        messages.warning(
            request, "Approved. The time it was planned for has passed: choose another, or publish it now."
        )
    else:
        messages.success(request, "Approved.")
    return back_to_post(request, uid)


@action
def withdraw_request(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.withdraw_request(actor=request.actor, post=post_or_404(request, uid))
    messages.success(request, "The request is taken back.")
    return back_to_post(request, uid)


@action
def add_note(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.add_note(actor=request.actor, post=post_or_404(request, uid), text=request.POST.get("text", ""))
    return back_to_post(request, uid)


@action
def delete_note(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    note = Note.objects.filter(workspace=request.actor.workspace, uid=uid).select_related("post").first()
    if note is None:
        raise Http404("no such note")
    services.delete_note(actor=request.actor, note=note)
    return redirect("post", request.actor.workspace.slug, note.post.uid)


@action
def publish_now(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.publish_now(actor=request.actor, post=post_or_404(request, uid))
    return back_to_post(request, uid)


@action
def cancel(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.cancel_post(actor=request.actor, post=post_or_404(request, uid))
    messages.success(request, "Cancelled. The post is kept; edit it to plan it again.")
    return back_to_post(request, uid)


@action
def delete(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.delete_draft(actor=request.actor, post=post_or_404(request, uid))
    messages.success(request, "Deleted.")
    return redirect("posts", request.actor.workspace.slug)


@action
def retry(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.retry(actor=request.actor, publication=publication_or_404(request, uid))
    return back_to_post(request, uid)


@action
def cancel_publication(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.cancel_publication(actor=request.actor, publication=publication_or_404(request, uid))
    return back_to_post(request, uid)


@action
def delete_there(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """Confirmed in a dialog: what is public of it is deleted on its platform."""
    services.delete_there(actor=request.actor, publication=publication_or_404(request, uid))
    return back_to_post(request, uid)


@action
def refresh_numbers(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    services.refresh_numbers(actor=request.actor, publication=publication_or_404(request, uid))
    return back_to_post(request, uid)


@action
def decide(request: WorkspaceRequest, uid: UUID) -> HttpResponse:
    """Somebody looked: it is there (with its link, if given), or it is not and goes out again."""
    publication = publication_or_404(request, uid)
    answer = request.POST.get("seen")
    if answer == "there":
        services.decide_there(actor=request.actor, publication=publication, link=request.POST.get("link", ""))
        messages.success(request, "Marked as published.")
    elif answer == "not-there":
        services.decide_not_there(actor=request.actor, publication=publication)
    else:
        messages.error(request, "Choose one of the two first: is it there, or is it not?")
    return back_to_post(request, uid)
