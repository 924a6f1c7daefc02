"""The support desk's way into a workspace: a form that asks for the reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import visiting
from accounts.models import Workspace
from multivio.errors import DomainError


class VisitForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        min_length=visiting.SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The owners of the workspace read this.",
    )
    may_write = forms.BooleanField(
        required=False, label="I have to change something", help_text="Otherwise you can only look."
    )


def open_as_support(request: Any, pk: int) -> HttpResponse:
    """Ask for the reason, then go in."""
    if not request.user.has_perm("accounts.view_workspace"):
        raise PermissionDenied
    workspace = get_object_or_404(Workspace, pk=pk)
    form = VisitForm(request.POST or None)
    if not request.user.has_perm("accounts.write_as_support"):
        del form.fields["may_write"]
    if request.method == "POST" and form.is_valid() and _opened(request, workspace, form):
        return redirect("home", workspace.slug)
    context = {**admin.site.each_context(request), "form": form, "workspace_row": workspace, "title": "Open as support"}
    return render(request, "admin/open_workspace.html", context)


def _opened(request: HttpRequest, workspace: Workspace, form: VisitForm) -> bool:
    try:
        visiting.open_visit(
            staff=request.user,  # type: ignore[arg-type]
            workspace=workspace,
            reason=form.cleaned_data["reason"],
            may_write=form.cleaned_data.get("may_write", False),
        )
    except DomainError as error:
        messages.error(request, error.message)
        return False
    return True
