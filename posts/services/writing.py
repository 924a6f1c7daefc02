"""Creating, editing and deleting posts."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.rates import by_person
from accounts.roles import Right
from accounts.services import Actor
from multivio.errors import Conflict, Invalid, Problem, Stale
from posts import content as contents
from posts.content import Content, Resolved
from posts.models import Post, PostMedia, Publication
from posts.services import allowing, approving, planning, queueing, recording
from posts.services.planning import Draft, NextSlot, Now, Plan
from posts.services.queueing import Offer
from posts.states import EDITABLE, Approval, State
from social import platforms
from social.models import Connection

BEING_SENT = "This post is already being sent, so it can no longer be changed."


def database_now() -> datetime:
    """The database's clock: all due times are compared with it, so "now" must be its now."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def check(*, actor: Actor, content: Content, plan: Plan, post: Post | None = None) -> list[Problem]:
    """Everything that would keep this from being published as planned, and warnings. Changes nothing. `post`: the stored one
    that it would replace."""
    resolved = contents.resolve(content, workspace_id=actor.workspace.pk)
    found = planning.problems(plan, now=timezone.now())
    if not resolved.connections:
        found.append(Problem("connections", "no_connection", "Choose at least one account to publish to."))
    if isinstance(plan, NextSlot):
        found += queueing.problems(offered(actor, resolved.connections, post))
    if resolved.is_empty:
        found.append(Problem("parts.0.text", "empty", "Write something or add a picture."))
        return found
    return found + contents.problems(resolved, resolved.connections)


def offered(actor: Actor, connections: Sequence[Connection], post: Post | None = None) -> list[Offer]:
    """The slot that each of these connections would get now, of `post` those that it has. For show: nothing is taken."""
    now = database_now()
    kept = queueing.kept_by(post.publications.all(), now=now) if post is not None else {}
    return queueing.offers(actor.workspace, connections, now=now, kept=kept)


def _accept(actor: Actor, content: Content, plan: Plan, post: Post | None = None) -> Resolved:
    """The content, if it may go on as planned. A draft may be incomplete, but it must say something."""
    actor.require(planning.needed_right(plan))
    if not isinstance(plan, Draft):
        allowing.require_paid(actor.workspace)  # before the accounts are read: from here on none of them comes to rest
    resolved = contents.resolve(content, workspace_id=actor.workspace.pk)
    if isinstance(plan, Draft):
        if resolved.is_empty:
            raise Invalid.because(
                [Problem("parts.0.text", "empty", "There is nothing to save yet. Write something first.")]
            )
        return resolved
    found = contents.errors(check(actor=actor, content=content, plan=plan, post=post))
    if found:
        raise Invalid.because(found)
    by_person("publishing", actor)
    return resolved


@transaction.atomic
def create_post(*, actor: Actor, content: Content, plan: Plan) -> Post:
    """Store a post and its publications: drafts, or scheduled for now or later. Raises Invalid, Forbidden."""
    resolved = _accept(actor, content, plan)
    if not isinstance(plan, Draft):
        approving.require_approved_at_birth(actor)
    now = database_now()
    post = Post(workspace=actor.workspace, author=actor.user, edited_by=actor.user)
    _write_content(post, resolved)
    planning.apply(plan, post, now=now)
    post.save()
    _write_media(post, resolved)
    if isinstance(plan, NextSlot):
        _insert_publications(post, resolved, resolved.connections, Draft())
        queueing.take(post, _with_connections(post), now=now, kept={})
    else:
        _insert_publications(post, resolved, resolved.connections, plan)
    post.refresh_from_db(fields=["state"])
    if not isinstance(plan, Draft):
        allowing.require_room(post)
    recording.record(actor, "post.created", post, after=recording.of_post(post))
    return post


@transaction.atomic
def edit_post(*, actor: Actor, post: Post, content: Content, plan: Plan, version: int | None = None) -> Post:
    """Replace content, connections and plan. An edit ends an approval that was about other content.

    Raises Stale when `version` is not the stored one, Conflict when it is being sent or may not be planned yet.
    """
    resolved = _accept(actor, content, plan, post)
    publications = lock_publications(post)
    post = Post.objects.select_for_update().get(pk=post.pk)
    if version is not None and version != post.version:
        raise Stale("Somebody else changed this post since you opened it.")
    if any(publication.state not in EDITABLE or publication.committed for publication in publications):
        raise Conflict(BEING_SENT)
    if any(publication.state in {State.SCHEDULED, State.HELD} for publication in publications):
        actor.require(Right.PUBLISH)  # taking back what somebody planned is a decision about publishing too
    now, before = database_now(), recording.of_post(post)
    was_planned = any(publication.state == State.SCHEDULED for publication in publications)
    kept = queueing.kept_by(publications, now=now)
    _write_content(post, resolved)
    if not (isinstance(plan, Draft) and post.approval == Approval.PENDING):  # what was asked for stays asked for
        planning.apply(plan, post, now=now)
    post.version += 1
    post.edited_by = actor.user
    post.save()
    _write_media(post, resolved)
    rows = _match_publications(post, publications, resolved)
    approving.after_edit(actor, post)
    if not isinstance(plan, Draft):
        approving.require_approved(post)
        if isinstance(plan, NextSlot):
            queueing.take(post, _with_connections(post), now=now, kept=kept)
        else:
            rows.update(**planned_fields(post, plan))
    post.refresh_from_db(fields=["state"])
    if not isinstance(plan, Draft) and not was_planned:
        allowing.require_room(post)
    recording.record(actor, "post.edited", post, before=before, after=recording.of_post(post))
    return post


@transaction.atomic
def delete_draft(*, actor: Actor, post: Post) -> None:
    """Delete a post of which nothing was ever sent. Raises Conflict otherwise: what was sent keeps its history."""
    actor.require(Right.WRITE_POSTS)
    publications = lock_publications(post)
    if any(p.state not in {State.DRAFT, State.CANCELLED} or p.committed or p.tries for p in publications):
        raise Conflict("Only drafts can be deleted. Cancel the post first; what was sent keeps its history.")
    recording.record(actor, "post.deleted", post, before=recording.of_post(post))
    post.delete()


def lock_publications(post: Post) -> list[Publication]:
    """Lock a post's publications, always before the post itself: the engine takes its locks in this order too."""
    return list(Publication.objects.select_for_update().filter(post=post).order_by("id"))


def _write_content(post: Post, resolved: Resolved) -> None:
    texts = [text for text, _media in resolved.parts]
    post.text, post.thread = texts[0], texts[1:]


def _write_media(post: Post, resolved: Resolved) -> None:
    post.attached.all().delete()
    PostMedia.objects.bulk_create(
        PostMedia(workspace_id=post.workspace_id, post=post, media=item, part=part, position=position)
        for part, (_text, media) in enumerate(resolved.parts)
        for position, item in enumerate(media)
    )


def planned_fields(post: Post, plan: Plan) -> dict[str, object]:
    """State, time and priority of a publication under a plan that is the same for every connection."""
    own = {"planned_on": None, "planned_time": None}
    if isinstance(plan, Draft):
        return {"state": State.DRAFT, "due_at": None, "priority": Publication.NORMAL, **own}
    priority = Publication.NOW if isinstance(plan, Now) else Publication.NORMAL
    return {"state": State.SCHEDULED, "due_at": post.due_at, "priority": priority, **own}


def _with_connections(post: Post) -> list[Publication]:
    return list(Publication.objects.filter(post=post).select_related("connection"))


def _own_fields(resolved: Resolved, connection: Connection) -> dict[str, object]:
    """What a publication stores of its own, and how many committing steps that makes."""
    own = resolved.own_of(connection)
    commits = platforms.get(connection.platform).commits(resolved.variant(connection))
    return {"own_texts": list(own.texts), "options": dict(own.options), "commits": commits}


def _insert_publications(post: Post, resolved: Resolved, connections: Iterable[Connection], plan: Plan) -> None:
    Publication.objects.bulk_create(
        Publication(
            workspace_id=post.workspace_id,
            post=post,
            connection=target,
            platform=target.platform,
            content_version=post.version,
            **_own_fields(resolved, target),
            **planned_fields(post, plan),
        )
        for target in connections
    )


def _match_publications(
    post: Post, publications: list[Publication], resolved: Resolved
) -> "models.QuerySet[Publication]":
    """Bring the publications in line with the chosen connections, all of them drafts; they are planned afterwards."""
    wanted = {target.pk: target for target in resolved.connections}
    Publication.objects.filter(pk__in=[p.pk for p in publications if p.connection_id not in wanted]).delete()
    kept = [p.pk for p in publications if p.connection_id in wanted]
    rows = Publication.objects.filter(pk__in=kept)
    # Through draft, so that every step is one that the table of transitions knows.
    rows.filter(state__in=[State.CANCELLED, State.HELD, State.SCHEDULED]).update(state=State.DRAFT, due_at=None)
    for publication in publications:
        if publication.connection_id in wanted:
            rows.filter(pk=publication.pk).update(**_own_fields(resolved, wanted[publication.connection_id]))
    rows.update(
        content_version=post.version,
        error_code="",
        error_sentence="",
        error_next_step="",
        cancel_requested=False,
        **planned_fields(post, Draft()),
    )
    known = {p.connection_id for p in publications}
    _insert_publications(post, resolved, [target for pk, target in wanted.items() if pk not in known], Draft())
    return Publication.objects.filter(post=post)
