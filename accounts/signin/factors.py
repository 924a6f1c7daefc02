"""Second factors: the secrets of apps and recovery codes are sealed at rest like every other."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from multivio.crypto import UnreadableSecret, other_stores, seal, sealed_with, unseal

# allauth seals before it knows whose row it will be, so the table and column are all that it can be bound to.
BOUND_TO = "mfa_authenticator.data"
SEALED = "mv1."
SEALED_FIELDS = ("secret", "seed")


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return seal(text, BOUND_TO)

    def decrypt(self, encrypted_text: str) -> str:
        """What was stored before secrets were sealed is read as it stands."""
        return str(unseal(encrypted_text, BOUND_TO)) if encrypted_text.startswith(SEALED) else encrypted_text


def reseal(key_id: str) -> tuple[int, int]:
    """Seal anew what another key sealed, or none; for `manage.py rotate_keys`."""
    done = lost = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True).iterator():
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            changed = _resealed(row.data, key_id) if row is not None else {}
            if changed is None:
                lost += 1
            elif changed:
                Authenticator.objects.filter(pk=pk).update(data={**row.data, **changed})
                done += 1
    return done, lost


def _resealed(data: dict[str, object], key_id: str) -> dict[str, object] | None:
    """The fields to write, none of them if there is nothing to do; None when one does not open."""
    changed: dict[str, object] = {}
    for name, stored in data.items():
        if name == "migrated_codes" and isinstance(stored, list):
            texts: list[str] = [str(text) for text in stored]
        elif name in SEALED_FIELDS and isinstance(stored, str):
            texts = [stored]
        else:
            continue
        if all(text.startswith(SEALED) and sealed_with(text) == key_id for text in texts):
            continue
        try:
            fresh = [seal(FactorAdapter().decrypt(text), BOUND_TO) for text in texts]
        except UnreadableSecret:
            return None
        changed[name] = fresh if isinstance(stored, list) else fresh[0]
    return changed


other_stores["second factors"] = reseal
