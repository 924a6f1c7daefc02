"""The settings of who is in a workspace: members, roles, invitations."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts import invitations
from accounts import members as service
from accounts.forms import InviteForm
from accounts.models import Invitation, Member
from accounts.pages import WorkspaceRequest, button, say_in, settings_page
from accounts.roles import IN_WORDS, RIGHTS, Right, Role, grantable_by
from accounts.views.workspace import member_or_404
from multivio.errors import Conflict, Invalid, NotInPlan


@settings_page
def members(request: WorkspaceRequest) -> HttpResponse:
    """Who is here and what each role may do. Who may change members also sees who is invited."""
    actor, may_change = request.actor, request.actor.may(Right.MEMBERS)
    form = InviteForm(request.POST if request.method == "POST" else None, giver=actor.role)
    if request.method == "POST":
        actor.require(Right.MEMBERS)
        if form.is_valid() and _invited(request, form):
            return redirect("members", actor.workspace.slug)
    context = {
        "form": form,
        "is_inviting": bool(form.errors),
        "members": _shown(request),
        "invitations": Invitation.objects.open_in(actor.workspace.pk) if may_change else (),
        "may_change": may_change,
        "roles": list(Role),
        "matrix": [(words, [right in RIGHTS[role] for role in Role]) for words, right in IN_WORDS],
    }
    return render(request, "accounts/members.html", context, status=422 if form.errors else 200)


def _shown(request: WorkspaceRequest) -> list[tuple[Member, list[Role]]]:
    """Each member, with the roles that this person may give them; none: it is not theirs to change."""
    actor = request.actor
    can_give = grantable_by(actor.role) if actor.may(Right.MEMBERS) else ()
    rows = Member.objects.in_workspace(actor.workspace.pk)
    return [
        (row, list(can_give) if row.user_id != actor.user.pk and Role(row.role) in can_give else []) for row in rows
    ]


def _invited(request: WorkspaceRequest, form: InviteForm) -> bool:
    try:
        invitation = invitations.invite(actor=request.actor, **form.cleaned_data)
    except Invalid as error:
        say_in(form, error)
    except (Conflict, NotInPlan) as error:
        form.add_error(None, error.message)
    else:
        messages.success(request, f"{invitation.email} is invited.")
        return True
    return False


@button("members")
def change_role(request: WorkspaceRequest, uid: UUID) -> None:
    member = member_or_404(request, uid)
    service.change_role(actor=request.actor, member=member, role=request.POST.get("role", ""))
    messages.success(request, f"{member.user} is {Role(member.role).label.lower()} now.")


@button("members")
def remove(request: WorkspaceRequest, uid: UUID) -> None:
    member = member_or_404(request, uid)
    service.remove_member(actor=request.actor, member=member)
    messages.success(request, f"{member.user} is no longer a member.")


@button("members")
def send_again(request: WorkspaceRequest, uid: UUID) -> None:
    invitation = invitations.send_again(actor=request.actor, invitation=_invitation(request, uid))
    messages.success(request, f"Sent to {invitation.email} again. The link before works no more.")


@button("members")
def withdraw(request: WorkspaceRequest, uid: UUID) -> None:
    invitation = _invitation(request, uid)
    invitations.withdraw(actor=request.actor, invitation=invitation)
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")


def _invitation(request: WorkspaceRequest, uid: UUID) -> Invitation:
    found: Invitation | None = Invitation.objects.filter(workspace=request.actor.workspace, uid=uid).first()
    if found is None:
        raise Http404("no such invitation")
    return found
