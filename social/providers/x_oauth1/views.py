"""Where X sends people back to after an OAuth 1.0a handshake."""

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login, render_authentication_error
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.base.constants import AuthError
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from multivio import crypto
from multivio.tenancy import outside_transaction
from social.contract import Tokens
from social.providers.handshake import login_for
from social.providers.x_oauth1 import calls
from social.providers.x_oauth1.provider import XOAuth1Provider, bound_to


@outside_transaction
@login_not_required  # type: ignore[untyped-decorator]
def callback(request: HttpRequest) -> HttpResponse:
    """The request token in the address finds the handshake in this session, once."""
    provider = get_adapter(request).get_provider(request, XOAuth1Provider.id)
    token = request.GET.get("oauth_token") or request.GET.get("denied") or ""
    try:
        state = provider.unstash_redirect_state(request, token)
    except PermissionDenied:
        return _failed(request, provider)
    verifier = request.GET.get("oauth_verifier", "")
    if "denied" in request.GET or not verifier:
        return _failed(request, provider, error=AuthError.CANCELLED, extra_context={"state": state})
    try:
        return _complete(request, provider, token, verifier, state)
    except ProviderException as error:
        return _failed(request, provider, exception=error, extra_context={"state": state})


def _complete(request: HttpRequest, provider: Any, token: str, verifier: str, state: dict[str, Any]) -> HttpResponse:
    secret = crypto.unseal(state["secret"], bound_to(token))
    access_token, token_secret = calls.access_token(token, secret, verifier)
    login = login_for(provider, request, platform="x", tokens=Tokens(access_token), token_secret=token_secret)
    login.token = SocialToken(token=access_token, token_secret=token_secret)
    login.state = state
    answer: HttpResponse = complete_social_login(request, login)
    return answer


def _failed(request: HttpRequest, provider: Any, **details: Any) -> HttpResponse:
    answer: HttpResponse = render_authentication_error(request, provider, **details)
    return answer
