"""The page of one post: what happened to it, and what can be done about it now."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.pages import WorkspaceRequest
from accounts.roles import Right
from posts import content as contents
from posts import reading, services
from posts.forms import is_editable
from posts.models import Post
from posts.reading import Story
from posts.states import IN_FLIGHT, State
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
    stories = reading.stories(post)
    to_decide = [story for story in stories if story.to_decide]
    open_uids = ",".join(str(story.publication.uid) for story in to_decide)
    return {
        "post": post,
        "needs_you_count": post.needs_you,  # type: ignore[attr-defined]
        "stories": stories,
        "to_decide": [(story, _profile_url(story)) for story in to_decide],
        "open_uids": open_uids,
        # A form somebody may be filling in is left alone unless the question itself has changed.
        "decisions_changed": request.htmx and request.GET.get("open", "") != open_uids,
        "parts": contents.of_post(post).parts,
        "summary": reading.summary(post),
        "seen": seen,
        "pace": reading.pace(post, now=timezone.now()),
        **_possible(request, post, stories),
    }


def _possible(request: WorkspaceRequest, post: Post, stories: list[Story]) -> dict[str, bool]:
    """What this person can do with this post now."""
    states = {story.publication.state for story in stories}
    may_write, may_publish = request.actor.may(Right.WRITE_POSTS), request.actor.may(Right.PUBLISH)
    untouched = not any(story.publication.committed or story.publication.tries for story in stories)
    return {
        "may_write": may_write,
        "may_publish": may_publish,
        "can_edit": may_write and is_editable(post),
        "can_publish": may_publish and bool(states & STARTABLE),
        "can_cancel": may_publish and bool(states & {State.SCHEDULED, State.HELD, *IN_FLIGHT}),
        "can_delete": may_write and states <= {State.DRAFT, State.CANCELLED} and untouched,
    }


def _profile_url(story: Story) -> str:
    connection = story.publication.connection
    return platforms.get(connection.platform).account_url(username=connection.username, kind=connection.kind)


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
