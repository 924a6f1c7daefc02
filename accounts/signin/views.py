"""Pages of signing in beside allauth's own."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign one of one's own sessions out, at once."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    session.end()
    messages.success(request, "Signed out there.")
    return redirect("usersessions_list")


@csrf_exempt
def no_such_door(request: HttpRequest) -> HttpResponse:
    """Google's button would post here from a script of Google's, which our policy does not let run."""
    raise Http404("there is no such page")
