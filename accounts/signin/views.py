"""Pages of signing in beside allauth's own."""

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, suspend_request
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.signin import firebase, guesses
from accounts.signin.firebase_token import TokenRefused, by_password, verify
from multivio.errors import DomainError
from multivio.rates import TooMany
from multivio.tenancy import outside_transaction


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


class FirebaseForm(forms.Form):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password at Firebase",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        max_length=4096,
    )


@outside_transaction
@never_cache
@sensitive_post_parameters("password")
def firebase_sign_in(request: HttpRequest) -> HttpResponse:
    """By address and password, asked of Firebase from here. Who is signed in already adds it to their account."""
    if not (settings.FIREBASE_SIGN_IN and settings.FIREBASE_WEB_API_KEY):
        raise Http404("not configured")
    if request.user.is_authenticated and not did_recently_reauthenticate(request):
        if request.method == "POST":  # what is suspended is kept in the session, where no password belongs
            return redirect("firebase_sign_in")
        ask: HttpResponse = suspend_request(request, reverse("account_reauthenticate"))
        return ask
    form = FirebaseForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return _by_firebase(request, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
            status = 422 if error.status < 500 else error.status
            if isinstance(error, TooMany):
                raise
    context = {"form": form, "next": _next(request)}
    return render(request, "account/firebase.html", context, status=status)


def _by_firebase(request: HttpRequest, *, email: str, password: str) -> HttpResponse:
    guesses.try_once(request, email)
    try:
        id_token = by_password(email=email, password=password)
    except TokenRefused:
        guesses.was_wrong(request, email)
        raise
    guesses.was_right(request, email)
    person = verify(id_token)
    if isinstance(request.user, User):
        firebase.link(user=request.user, person=person)
        messages.success(request, "From now on you can sign in with Firebase as well.")
        return redirect("account_email")
    answer: HttpResponse = firebase.sign_in(request, person, redirect_url=_next(request) or None)
    return answer


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""
