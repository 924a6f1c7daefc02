"""What a person takes back at the platform itself: access, or everything that we know of them."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from multivio import tenancy
from multivio.crypto import EncryptedTextField
from social import revoking
from social.models import Connection, DataDeletion, Grant
from social.platforms import sentences
from social.services import mark_lost

log = structlog.get_logger(__name__)
# Between the platform's clock and ours.
SKEW = timedelta(minutes=5)
OWN_ACCOUNT = "profile"  # the kind of connection that is the person


def deauthorize(*, slugs: Iterable[str], user_id: str, issued_at: datetime) -> int:
    """The person removed the app at the platform: the tokens go, the posts wait, their history stays.

    A notice that comes late takes nothing away that was connected after it. Answers how many grants it ended.
    """
    with tenancy.system("access taken back at the platform"):
        grants = [
            grant
            for grant in _grants(slugs, user_id)
            if not grant.connections.filter(connected_at__gt=issued_at + SKEW).exists()
        ]
        for grant in grants:
            _end(grant)
    log.info("access taken back at the platform", platforms=list(slugs), grants=len(grants))
    return len(grants)


def erase(*, slugs: Iterable[str], user_id: str) -> DataDeletion:
    """Delete what is known of the person: tokens, scopes, ids, and for their own accounts names and pictures as well.

    Doing it again for the same person erases what has come since, and answers with the same code.
    """
    wanted = list(slugs)
    with tenancy.system("data deletion asked for at the platform"):
        for grant in _grants(wanted, user_id):
            if not grant.is_dead:
                _end(grant)
            _forget(grant)
        revoking.forget(platform_slugs=wanted, remote_user_id=user_id)
        done, _ = DataDeletion.objects.update_or_create(
            subject=_subject(wanted, user_id),
            defaults={"completed_at": timezone.now()},
            create_defaults={"code": secrets.token_urlsafe(18), "completed_at": timezone.now()},
        )
    log.info("data deleted", platforms=wanted)
    return done


def _grants(slugs: Iterable[str], user_id: str) -> list[Grant]:
    # Instagram may name an account by what only this app knows it by.
    scoped = Connection.objects.filter(platform__in=list(slugs), traits__scoped_id=user_id).values("grant")
    named = Q(remote_user_id=user_id) | Q(pk__in=scoped)
    found = Grant.objects.select_for_update().filter(named, platform__in=list(slugs))
    return list(found.order_by("created_at"))


def _end(grant: Grant) -> None:
    """No token survives, and whoever was refreshing one meanwhile finds another revision."""
    grant.access_token = grant.refresh_token = grant.token_secret = ""
    grant.revision += 1
    grant.save()
    for connection in grant.connections.all():
        secret = [field.name for field in Connection._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        for name in secret:
            setattr(connection, name, "")
        if secret:
            connection.save(update_fields=secret)
    if not grant.is_dead:
        mark_lost(grant, sentences.access_removed_there(grant.get_platform_display()))


def _forget(grant: Grant) -> None:
    grant.remote_user_id, grant.scopes = f"deleted-{grant.pk}", []
    grant.save(update_fields=["remote_user_id", "scopes"])
    for connection in grant.connections.all():
        connection.disconnected_at = connection.disconnected_at or timezone.now()
        connection.health_reason = sentences.data_deleted(grant.get_platform_display())[:300]
        if connection.kind == OWN_ACCOUNT:
            connection.remote_id = f"deleted-{connection.uid}"
            connection.username = connection.name = connection.avatar_url = ""
            connection.traits = {}
            audit.forget(connection, workspace=grant.workspace)
        connection.save()


def _subject(slugs: list[str], user_id: str) -> str:
    """Tells that it is the same person again without saying who."""
    said = f"{','.join(sorted(slugs))}:{user_id}"
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()
