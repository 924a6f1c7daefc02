"""Approval: who may say yes, and what it takes for a post to go out. The one place of its rules; the database holds the last
of them a second time (posts/migrations/sql/approval.sql), for every door that there is or will be."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import ApprovalPolicy, Member, Workspace
from accounts.roles import Right, role_has
from accounts.services import Actor
from billing import limits
from billing.plans import What
from multivio.errors import Conflict, Forbidden, Invalid, Problem, Stale
from posts import content as contents
from posts.models import Note, Post, Publication
from posts.querysets import PublicationQuerySet
from posts.services import allowing, planning, queueing, telling_colleagues
from posts.services.notes import say
from posts.services.planning import At, Draft, NextSlot, Now, Plan
from posts.states import Approval, OnApproval, State

WAITING = {
    "error_code": "needs_approval",
    "error_sentence": "Posts need approval here now, and this one has none yet, so it waits.",
    "error_next_step": "Ask for approval; approved in time, it goes out as it was planned.",
}
NOT_YET = {
    Approval.NONE: "Posts need approval here before they go out. Ask for it first.",
    Approval.PENDING: "This waits for approval. Until somebody approves it, it cannot be scheduled or published.",
    Approval.CHANGES: "Changes were asked for. Make them, then ask for approval again.",
    Approval.EDITED: "This was changed after it was approved, so it has to be approved again.",
    Approval.APPROVED: "This was changed after it was approved, so it has to be approved again.",
}


ON_APPROVAL: dict[type[Plan], OnApproval] = {
    Draft: OnApproval.NOTHING,
    Now: OnApproval.NOW,
    At: OnApproval.AT,
    NextSlot: OnApproval.NEXT,
}


class NeedsApproval(Conflict):
    """It may not go out before somebody approves it."""

    code = "needs_approval"


def policy_of(workspace: Workspace) -> str:
    """The policy of the moment. It cannot change before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select approval from accounts_workspace where id = %s for share", [workspace.pk])
        return str(cursor.fetchone()[0])


def allows(post: Post) -> bool:
    """Whether the post may be scheduled and published as it is stored now."""
    with connection.cursor() as cursor:
        cursor.execute("select mv_approval_allows(%s)", [post.pk])
        return bool(cursor.fetchone()[0])


def require_approved(post: Post) -> None:
    """Raise NeedsApproval unless the post may go out."""
    if policy_of(post.workspace) != ApprovalPolicy.NONE and not allows(post):
        stored = Post.objects.values_list("approval", flat=True).get(pk=post.pk)
        raise NeedsApproval(NOT_YET[Approval(stored)])


def require_approved_at_birth(actor: Actor) -> None:
    """A post that is scheduled as it is written has been approved by nobody."""
    if policy_of(actor.workspace) == ApprovalPolicy.REQUIRED:
        raise NeedsApproval(NOT_YET[Approval.NONE])


def allowed(publications: PublicationQuerySet, *, whether: bool = True) -> PublicationQuerySet:
    """Those whose post may go out, or with `whether=False` those whose post may not."""
    rule = models.Func(F("post_id"), function="mv_approval_allows", output_field=models.BooleanField())
    found: PublicationQuerySet = publications.alias(is_allowed=rule).filter(is_allowed=whether)
    return found


@transaction.atomic
def request_approval(*, actor: Actor, post: Post, plan: Plan | None = None, comment: str = "") -> Post:
    """Ask for approval, saying what shall happen then: nothing yet, publish, or schedule. Raises Invalid, Conflict."""
    actor.require(Right.WRITE_POSTS)
    if policy_of(actor.workspace) == ApprovalPolicy.NONE:
        raise Conflict("Posts need no approval in this workspace.", code="approval_off")
    plan = plan or Draft()
    publications, post = _locked(post)
    if any(p.state not in {State.DRAFT, State.HELD, State.CANCELLED} or p.committed for p in publications):
        raise Conflict("This is scheduled or sent already, so there is nothing to approve.")
    if post.approval == Approval.APPROVED and allows(post):
        raise Conflict("This is approved already.", code="approved_already")
    _require_complete(post, publications, plan)
    is_new = post.approval != Approval.PENDING
    planning.apply(plan, post, now=timezone.now())
    post.on_approval = ON_APPROVAL[type(plan)]
    if isinstance(plan, Now):
        post.due_at = None  # no moment is known before somebody says yes
    post.asked_by, post.asked_at = actor.user, timezone.now()
    _move(actor, post, Approval.PENDING, note=Note.Kind.ASKED if is_new or comment else None, comment=comment)
    if is_new:
        telling_colleagues.asked(actor, post, approvers(post, actor))
    return post


@transaction.atomic
def approve(*, actor: Actor, post: Post, version: int | None = None, comment: str = "") -> Post:
    """Say yes to the post as it is, and do what was asked for then. Raises Stale when it is not `version` any more."""
    _require_approver(actor)
    if policy_of(actor.workspace) == ApprovalPolicy.NONE:
        raise Conflict("Posts need no approval in this workspace.", code="approval_off")
    if post.on_approval != OnApproval.NOTHING:
        allowing.require_paid(actor.workspace)
    publications, post = _locked(post)
    if version is not None and version != post.version:
        raise Stale("This was changed since you looked at it. Look again before you approve it.")
    if post.approval == Approval.APPROVED and allows(post):
        raise Conflict("This is approved already.", code="approved_already")
    if any(p.state not in {State.DRAFT, State.HELD, State.CANCELLED, State.FAILED} for p in publications):
        raise Conflict("This is scheduled or sent already, so there is nothing to approve.")
    _require_second_pair_of_eyes(actor, post)
    with connection.cursor() as cursor:
        cursor.execute("select mv_post_content(%s)", [post.pk])
        post.approved_content = cursor.fetchone()[0]
    _move(actor, post, Approval.APPROVED, note=Note.Kind.APPROVED, comment=comment)
    _carry_out(actor, post, publications)
    allowing.hold_resting(Publication.objects.filter(post=post))
    telling_colleagues.decided(actor, post, approved=True, comment=comment)
    post.refresh_from_db()
    allowing.require_room(post)
    return post


@transaction.atomic
def ask_for_changes(*, actor: Actor, post: Post, comment: str) -> Post:
    """Say what has to become different first. Raises Invalid without words, Conflict when nobody asked."""
    _require_approver(actor)
    _publications, post = _locked(post)
    if post.approval != Approval.PENDING:
        raise Conflict("Nobody waits for an answer about this post any more.", code="not_asked")
    if not comment.strip():
        raise Invalid.because([Problem("comment", "empty", "Say what should change.")])
    _move(actor, post, Approval.CHANGES, note=Note.Kind.CHANGES, comment=comment)
    telling_colleagues.decided(actor, post, approved=False, comment=comment)
    return post


@transaction.atomic
def withdraw_request(*, actor: Actor, post: Post) -> Post:
    """Take the request back: whoever asked, or who may approve. Where every post needs approval, it still does."""
    actor.require(Right.WRITE_POSTS)
    _publications, post = _locked(post)
    if post.approval not in {Approval.PENDING, Approval.CHANGES, Approval.EDITED}:
        raise Conflict("There is no request to take back.", code="not_asked")
    if post.asked_by_id != actor.user.pk:
        _require_approver(actor)
    post.on_approval = OnApproval.NOTHING
    _move(actor, post, Approval.NONE, note=Note.Kind.WITHDRAWN)
    return post


def after_edit(actor: Actor, post: Post) -> None:
    """End an approval that was about other content. Call it once everything of the edit is stored, and nothing scheduled."""
    if post.approval == Approval.APPROVED and not allows_content(post):
        _move(actor, post, Approval.EDITED, note=Note.Kind.EDITED)


def allows_content(post: Post) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select approved_content = mv_post_content(id) from posts_post where id = %s", [post.pk])
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class PolicySet:
    """What a new policy met: publications that wait for approval now, and those that went back in line."""

    held: int
    released: int


@transaction.atomic
def set_policy(*, actor: Actor, policy: str) -> PolicySet:
    """Who has to say yes from now on. What is scheduled and would not be allowed by it is held, and says so."""
    actor.require(Right.MANAGE)
    if policy not in ApprovalPolicy.values:
        sentence = f"Choose one of {', '.join(ApprovalPolicy.values)}."
        raise Invalid.because([Problem("policy", "unknown_policy", sentence)])
    if policy != ApprovalPolicy.NONE:
        limits.require(actor.workspace, What.APPROVAL)
    workspace = Workspace.objects.select_for_update().get(pk=actor.workspace.pk)
    before = workspace.approval
    Workspace.objects.filter(pk=workspace.pk).update(approval=policy)
    actor.workspace.refresh_from_db()
    if before != policy:
        audit.record(
            actor=actor,
            action="workspace.approval_changed",
            target=workspace,
            workspace=workspace,
            before={"approval": before},
            after={"approval": policy},
        )
    mine = Publication.objects.in_workspace(workspace.pk)
    held = allowed(mine.filter(state=State.SCHEDULED, committed=0), whether=False).update(state=State.HELD, **WAITING)
    waiting = list(allowed(mine.filter(state=State.HELD, error_code=WAITING["error_code"])))
    released = _release(waiting)
    allowing.hold_resting(mine)
    return PolicySet(held=int(held), released=released)


def approvers(post: Post, actor: Actor) -> list[Member]:
    """The members who may say yes, other than whoever asks."""
    rows = Member.objects.filter(workspace=actor.workspace, user__is_active=True).select_related("user").order_by("id")
    return [row for row in rows if role_has(row.role, Right.APPROVE) and row.user_id != actor.user.pk]


def is_free(workspace: Workspace, post: Post | None) -> bool:
    """Whether a page should offer to publish it. For show: whether it may, asks require_approved()."""
    if workspace.approval == ApprovalPolicy.NONE:
        return True
    approval = post.approval if post is not None else Approval.NONE
    return approval == Approval.APPROVED or (
        workspace.approval == ApprovalPolicy.OPTIONAL and approval == Approval.NONE
    )


def is_own(post: Post, user_id: int) -> bool:
    """Whether these are this person's own words, or it was this person who asked."""
    return user_id in {post.asked_by_id, post.edited_by_id or post.author_id}


def _require_approver(actor: Actor) -> None:
    actor.require(Right.APPROVE)
    if actor.is_support:
        raise Forbidden("Support does not approve posts: the workspace's own people do.")


def _require_second_pair_of_eyes(actor: Actor, post: Post) -> None:
    if is_own(post, actor.user.pk) and approvers(post, actor):
        actor.refuse("You wrote or sent this yourself, so somebody else has to approve it.", code="own_approval")


def _locked(post: Post) -> tuple[list[Publication], Post]:
    """Publications before their post, as the engine does."""
    rows = Publication.objects.select_for_update(of=("self",)).filter(post=post).select_related("connection")
    publications = list(rows.order_by("id"))
    return publications, Post.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=post.pk)


def _require_complete(post: Post, publications: list[Publication], plan: Plan) -> None:
    """What is approved has to be fit to go out: nobody should say yes to what then fails."""
    found = planning.problems(plan, now=timezone.now())
    if isinstance(plan, NextSlot):
        accounts = [each.connection for each in publications]
        found += queueing.problems(queueing.offers(post.workspace, accounts, now=timezone.now(), kept={}))
    if not publications:
        found.append(Problem("connections", "no_connection", "Choose at least one account to publish to."))
    found += contents.problems(contents.of_post(post), [each.connection for each in publications])
    if contents.errors(found):
        raise Invalid.because(contents.errors(found))


def _move(actor: Actor, post: Post, approval: Approval, *, note: Note.Kind | None, comment: str = "") -> None:
    before = {"approval": post.approval}
    post.approval = approval
    if approval != Approval.APPROVED:
        post.approved_content = ""
    fields = ("approval", "approved_content", "on_approval", "asked_by", "asked_at")
    post.save(update_fields=[*fields, "planned_on", "planned_time", "zone", "fold", "due_at", "proposed_for"])
    if note is not None:
        say(actor, post, kind=note, text=comment)
    action = f"post.approval_{approval or 'withdrawn'}"
    audit.record(
        actor=actor, action=action, target=post, workspace=actor.workspace, before=before, after={"approval": approval}
    )


def _carry_out(actor: Actor, post: Post, publications: Iterable[Publication]) -> None:
    """What was asked to happen on approval, as far as its time has not passed."""
    from posts.services.publishing import to_queue  # noqa: PLC0415 - publishing asks this module for its rule

    _release([p for p in publications if p.state == State.HELD and p.error_code == WAITING["error_code"]])
    drafts = [p for p in publications if p.state == State.DRAFT]
    if not (drafts and actor.may(Right.PUBLISH)):
        return
    if post.on_approval == OnApproval.NOW:
        to_queue(drafts)
    elif post.on_approval == OnApproval.AT and post.due_at and post.due_at > timezone.now():
        Publication.objects.filter(pk__in=[p.pk for p in drafts]).update(
            state=State.SCHEDULED, due_at=post.due_at, priority=Publication.NORMAL
        )
    elif post.on_approval == OnApproval.NEXT:
        _queue(post, drafts)


def _queue(post: Post, drafts: list[Publication]) -> None:
    """The slots of the moment. Where a connection has none left by now, the post stays a draft: the yes is no less a yes."""
    now = timezone.now()
    offers = queueing.offers(post.workspace, [draft.connection for draft in drafts], now=now, kept={})
    if not queueing.problems(offers):
        queueing.take(post, drafts, now=now, kept={})


def _release(publications: Iterable[Publication]) -> int:
    """Back in line what waited for approval alone; what is too late by now waits for a person's decision."""
    now, found = timezone.now(), list(publications)
    rows = Publication.objects.filter(pk__in=[p.pk for p in found if p.due_at and p.due_at > now])
    Publication.objects.filter(pk__in=[p.pk for p in found if p.due_at and p.due_at <= now]).update(
        error_code="missed_window",
        error_sentence="Its time passed while it waited for approval, so it waits for you.",
        error_next_step="Publish it now, choose another time, or cancel it.",
    )
    return int(rows.update(state=State.SCHEDULED, error_code="", error_sentence="", error_next_step=""))
