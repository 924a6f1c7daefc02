"""One's own profile, data and account."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import exporting, leaving, profiles
from accounts.context import remember_theme
from accounts.forms import ProfileForm
from accounts.models import Avatar, Member, User
from accounts.pages import say_in
from accounts.views.workspace import as_file
from multivio.errors import DomainError, Invalid


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - signed in, says the decorator
    return request.user


@login_required
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    stored = {field: getattr(user, field) for field in profiles.FIELDS}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=stored, zone=user.zone)
    if request.method == "POST" and form.is_valid():
        try:
            profiles.change_profile(user=user, **form.cleaned_data)
        except Invalid as error:
            say_in(form, error)
        else:
            messages.success(request, "Saved.")
            return remember_theme(redirect("profile"), user.theme, is_secure=request.is_secure())
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def set_picture(request: HttpRequest) -> HttpResponse:
    try:
        if request.POST.get("action") == "remove":
            profiles.remove_picture(user=_me(request))
        elif request.FILES.get("picture"):
            profiles.set_picture(user=_me(request), file=request.FILES["picture"])
        else:
            messages.error(request, "Choose a picture first.")
    except Invalid as error:
        messages.error(request, error.message)
    return redirect("profile")


@login_required
@require_safe
def picture(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The picture of somebody with whom one shares a workspace; of anybody else there is none."""
    found = Avatar.objects.filter(uid=uid).only("uid", "user_id").first()
    # The database shows a person the memberships of their own workspaces, and no others.
    if found is None or not (found.user_id == _me(request).pk or Member.objects.filter(user=found.user_id).exists()):
        raise Http404("no such picture")
    unchanged = get_conditional_response(request, etag=f'"{uid}"')
    answer = unchanged or HttpResponse(bytes(found.picture), content_type="image/webp", headers={"ETag": f'"{uid}"'})
    answer["Cache-Control"] = "private, max-age=86400"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Everything we keep about whoever asks, as a ZIP."""
    return as_file(exporting.of_person(_me(request)), "my-data.zip")


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
def delete_account(request: HttpRequest) -> HttpResponse:
    """What goes and what stays, and the button. Whoever finds an open browser has to sign in again first."""
    user, error = _me(request), ""
    if request.method == "POST":
        try:
            leaving.delete_account(user=user, email=request.POST.get("email", ""))
        except DomainError as refused:
            error = refused.message
        else:
            logout(request)
            return render(request, "accounts/gone.html")
    context = {"found": leaving.consequences(user), "error": error}
    return render(request, "accounts/delete_account.html", context, status=422 if error else 200)
