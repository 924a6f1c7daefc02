"""The page behind an invitation's link."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts import invitations
from accounts.invitations import REFUSALS, SESSION_KEY
from accounts.models import User
from accounts.roles import Role
from multivio.errors import DomainError


@never_cache
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What it is about, and the way in: join, sign in, or sign up. Only a POST joins."""
    opened = invitations.look_at(secret)
    if opened is None:
        raise Http404("no such invitation")
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and user is not None:
        try:
            return redirect("home", invitations.accept(user=user, secret=secret))
        except DomainError as error:
            messages.error(request, error.message)
            return redirect(request.path)
    if opened.state == "open" and user is None:
        request.session[SESSION_KEY] = secret
    query = {"next": request.path}
    context = {
        "opened": opened,
        "role": Role(opened.role).label.lower(),
        "refusal": REFUSALS.get(opened.state, ""),
        "is_for_me": user is not None and invitations.is_for(opened, user),
        "signup": f"{reverse('account_signup')}?{urlencode({**query, 'email': opened.email})}",
        "login": f"{reverse('account_login')}?{urlencode(query)}",
    }
    return render(request, "accounts/invitation.html", context)
