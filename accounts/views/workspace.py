"""The settings of a workspace as such: what it is called, its data, leaving, handing over and deleting it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify

from accounts import exporting, members, workspaces
from accounts.forms import WorkspaceForm
from accounts.models import Member
from accounts.pages import WorkspaceRequest, button, say_in, settings_page
from accounts.roles import Right
from multivio.errors import Invalid


@settings_page
def settings(request: WorkspaceRequest) -> HttpResponse:
    workspace, may_manage = request.actor.workspace, request.actor.may(Right.MANAGE)
    stored = {"name": workspace.name, "zone": workspace.zone, "week_start": workspace.week_start}
    form = WorkspaceForm(request.POST if request.method == "POST" else None, initial=stored, zone=workspace.zone)
    if request.method == "POST" and form.is_valid():
        try:
            workspaces.change(actor=request.actor, **form.cleaned_data)
        except Invalid as error:
            say_in(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("settings", workspace.slug)
    for field in form.fields.values():
        field.disabled = field.disabled or not may_manage
    may_own = request.actor.may(Right.OWN)
    others = Member.objects.in_workspace(workspace.pk).exclude(user=request.actor.user) if may_own else ()
    context = {"form": form, "may_manage": may_manage, "may_own": may_own, "others": others}
    return render(request, "accounts/settings.html", context, status=422 if form.errors else 200)


@button("settings")
def leave(request: WorkspaceRequest) -> HttpResponse:
    name = request.actor.workspace.name
    members.leave(actor=request.actor)
    request.session.pop("workspace", None)
    messages.success(request, f"You have left {name}.")
    return redirect("front")


@button("settings")
def hand_over(request: WorkspaceRequest) -> None:
    member = member_or_404(request, request.POST.get("member", ""))
    members.hand_over(actor=request.actor, member=member)
    messages.success(request, f"{member.user} is the owner now. You are an admin.")


@button("settings")
def close(request: WorkspaceRequest) -> None:
    workspace = workspaces.close(actor=request.actor, name=request.POST.get("name", ""))
    day = timezone.localtime(workspace.closing_at)
    messages.warning(request, f"{workspace.name} will be deleted on {day:%d %B %Y}. Nothing is published.")


@button("settings")
def keep(request: WorkspaceRequest) -> None:
    workspaces.keep(actor=request.actor)
    messages.success(request, "Kept. Publishing stays paused until somebody goes on.")


@button("settings")
def export(request: WorkspaceRequest) -> HttpResponse:
    """Everything in the workspace, as a ZIP."""
    return as_file(exporting.of_workspace(actor=request.actor), f"{request.actor.workspace.slug}.zip")


def as_file(content: bytes, name: str) -> HttpResponse:
    stem, _, ending = name.rpartition(".")
    disposition = f'attachment; filename="{slugify(stem) or "data"}.{ending}"'
    return HttpResponse(content, content_type="application/zip", headers={"Content-Disposition": disposition})


def member_or_404(request: WorkspaceRequest, uid: UUID | str) -> Member:
    """A member of this workspace, by the id in an address or a form."""
    try:
        wanted = UUID(str(uid))
    except ValueError:
        raise Http404("no such member") from None
    rows = Member.objects.filter(workspace=request.actor.workspace, uid=wanted).select_related("user")
    found: Member | None = rows.first()
    if found is None:
        raise Http404("no such member")
    return found
