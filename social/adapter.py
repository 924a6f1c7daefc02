"""allauth's hooks: a handshake with a platform ends in a connection of the workspace it was started in, and in nothing else."""

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, Provider
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.services import actor_in
from billing.errors import LimitReached
from multivio import tenancy
from multivio.errors import DomainError
from social import revoking, services, troubles
from social.contract import NotSent, PlatformError
from social.models import Connection
from social.platforms import get as get_platform
from social.platforms import sentences
from social.providers import CONNECT_ONLY, PROCESS, PURPOSE, ConnectProvider
from social.providers.handshake import Granted, NothingToConnect

log = structlog.get_logger(__name__)


GOOGLE_MAILBOXES = {"gmail.com", "googlemail.com"}


def google_app(provider: str) -> SocialApp:
    """The keys of the one provider that signs people in. Raises Http404 for others, and while it has no keys."""
    if provider != "google" or not settings.GOOGLE_CLIENT_ID:
        raise Http404("nobody signs in with that")
    return SocialApp(provider="google", client_id=settings.GOOGLE_CLIENT_ID, secret=settings.GOOGLE_CLIENT_SECRET)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The providers in CONNECT_ONLY never sign anybody in or up, however a handshake with them began."""

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        """Keys of the connect-only providers come from the settings of the moment, never from the database."""
        connecting = CONNECT_ONLY.get(provider)
        if connecting is None:
            return google_app(provider)
        return SocialApp(provider=connecting.id, client_id=connecting.client_id, secret=connecting.secret)

    def list_providers(self, request: HttpRequest) -> list[Provider]:
        """What the sign-in pages offer."""
        return [self.get_provider(request, "google")] if settings.GOOGLE_CLIENT_ID else []

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Of sign-in there is Google alone, from the settings; rows in the database open no door."""
        app = google_app("google") if settings.GOOGLE_CLIENT_ID else None
        return [app] if app and provider in {None, "google"} and client_id in {None, app.client_id} else []

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Whether Google's word is enough to open the account that has this address.

        Only where Google runs the mailbox itself: of other addresses it knows that somebody once could read the mail.
        """
        hosted = str((login.account.extra_data or {}).get("hd") or "").lower()
        domain = email.lower().rpartition("@")[2]
        return login.account.provider == "google" and (domain in GOOGLE_MAILBOXES or bool(hosted and domain == hosted))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        user = super().populate_user(request, sociallogin, data)
        told = f"{data.get('first_name') or ''} {data.get('last_name') or ''}".strip()
        user.name = (told or data.get("name") or "")[:120]
        return user

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return sociallogin.account.provider not in CONNECT_ONLY and super().is_open_for_signup(request, sociallogin)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Called after the exchange of tokens and before anything of allauth's own happens with them."""
        connecting = CONNECT_ONLY.get(sociallogin.account.provider)
        if connecting is None:
            super().pre_social_login(request, sociallogin)
            return
        state = sociallogin.state or {}
        data = state.get("data") or {}
        if data.get("purpose") != PURPOSE or state.get("process") != PROCESS:
            raise ImmediateHttpResponse(_refused(request, connecting, None, sentences.not_a_log_in(connecting.label)))
        raise ImmediateHttpResponse(_connect(request, connecting, data, sociallogin.granted))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Denied, expired, replayed or forged: back to the connections with one sentence."""
        connecting = CONNECT_ONLY.get(provider.id)
        if connecting is None:
            super().on_authentication_error(request, provider, error, exception, extra_context)
            return
        state = (extra_context or {}).get("state")
        log.info("handshake failed", provider=provider.id, error=error, exception=type(exception).__name__)
        sentence = str(exception) if isinstance(exception, NothingToConnect) else _sentence(connecting, error, state)
        if (
            state is not None and error != AuthError.CANCELLED
        ):  # a forged or denied handshake says nothing about the set-up
            troubles.remember(connecting.id, sentence)
        raise ImmediateHttpResponse(_refused(request, connecting, (state or {}).get("data"), sentence))


def _sentence(connecting: ConnectProvider, error: str | None, state: dict[str, Any] | None) -> str:
    if state is None:
        return sentences.handshake_lost(connecting.label)
    if error == AuthError.CANCELLED:
        return sentences.denied(connecting.label)
    return sentences.handshake_failed(connecting.label)


def _connect(request: HttpRequest, connecting: ConnectProvider, data: dict[str, Any], granted: Granted) -> HttpResponse:
    """Store the grant for the person and the workspace of the state, if both are still what they were."""
    if not request.user.is_authenticated or request.user.pk != data["user"]:
        _give_back(connecting, granted)
        return _refused(request, connecting, None, sentences.other_person(connecting.label))
    why = ""
    with tenancy.tenant(user_id=request.user.pk, workspace_id=data["workspace"]):
        actor = actor_in(user=request.user, workspace_id=data["workspace"])
        here = Connection.objects.in_workspace(data["workspace"]).live().filter(platform=connecting.platform)
        known = set(here.values_list("remote_id", flat=True))
        try:
            connections = actor and services.store_grant(
                actor=actor,
                platform=connecting.platform,
                protocol=connecting.protocol,
                tokens=granted.tokens,
                token_secret=granted.token_secret,
                profiles=granted.profiles,
            )
        except LimitReached as error:
            connections, why = None, error.message
        except DomainError:
            connections = None
    if not actor or not connections:
        _give_back(connecting, granted)
        return _refused(request, connecting, None, why or sentences.may_not_connect(connecting.label))
    troubles.forget(connecting.id)
    for connection in connections:
        _tell(request, connection)
    if left_out := get_platform(connecting.platform).left_out(granted.tokens.scopes):
        messages.info(request, left_out)
    if len(connections) > 1 and any(connection.remote_id not in known for connection in connections):
        return redirect("choose_accounts", actor.workspace.slug, connections[0].grant_id)
    return redirect("connections", actor.workspace.slug)


def _tell(request: HttpRequest, connection: Any) -> None:
    if connection.is_usable:
        name = connection.get_platform_display()
        messages.success(request, sentences.connected(name, connection.username, connection.name))
    else:
        messages.error(request, connection.health_reason)


def _give_back(connecting: ConnectProvider, granted: Granted) -> None:
    """Nobody will use these tokens, so they should not stay valid; but some platforms end every grant of a person at once."""
    owner = granted.profiles[0].owner_id or granted.profiles[0].remote_id
    if revoking.is_granted(platform=connecting.platform, remote_user_id=owner):
        return
    try:
        get_platform(connecting.platform).revoke(granted.tokens, token_secret=granted.token_secret)
    except PlatformError as error:
        log.info("unused grant not revoked", platform=connecting.platform, code=error.code, sent=type(error) is NotSent)


def _refused(
    request: HttpRequest, connecting: ConnectProvider, data: dict[str, Any] | None, sentence: str
) -> HttpResponse:
    messages.error(request, sentence)
    slug = (data or {}).get("slug") or request.session.get("workspace")
    return redirect("connections", slug) if slug and request.user.is_authenticated else redirect("/")
