"""Writes of one's own profile: names, work, a few words, zone, language, theme and picture."""

import io
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts import audit
from accounts.models import Avatar, User
from multivio.errors import Invalid, Problem

SIDE = 256  # pixels of a picture
MOST_BYTES = 5 * 1024**2
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
FIELDS = ("name", "short_name", "work", "bio", "zone", "language", "theme")
BAD_PICTURE = "This is not a picture that can be read. Take a JPEG, PNG, WebP or GIF of up to 5 MB."


@transaction.atomic
def change_profile(*, user: User, **changes: Any) -> User:
    """Set any of FIELDS. Raises Invalid with one problem per field."""
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise TypeError(f"not of the profile: {', '.join(sorted(unknown))}")
    row = User.objects.select_for_update().get(pk=user.pk)
    for field, value in changes.items():
        setattr(row, field, value.strip())
    problems = [*_required(changes), *_malformed(row, changes)]
    if problems:
        raise Invalid.because(problems)
    before = {field: getattr(user, field) for field in changes}
    row.save(update_fields=list(changes))
    after = {field: getattr(row, field) for field in changes}
    audit.record(actor=None, action="account.profile_changed", target=row, workspace=None, before=before, after=after)
    user.refresh_from_db(fields=list(changes))
    return user


def _required(changes: dict[str, Any]) -> list[Problem]:
    if "name" in changes and not changes["name"].strip():
        return [Problem("name", "empty", "Colleagues have to see who you are.")]
    return []


def _malformed(row: User, changes: dict[str, Any]) -> list[Problem]:

    try:
        row.clean_fields(exclude={field.name for field in User._meta.fields} - set(changes))
    except ValidationError as error:
        return [Problem(field, "invalid", messages[0]) for field, messages in error.message_dict.items()]
    return []


@transaction.atomic
def set_picture(*, user: User, file: Any) -> Avatar:
    """Keep a small square made from what was uploaded; the upload itself, with all that it may say, is not kept."""
    made = _square(file)
    # Another address for another picture: browsers keep what they have seen.
    avatar, _new = Avatar.objects.update_or_create(user=user, defaults={"picture": made, "uid": uuid.uuid4()})
    User.objects.filter(pk=user.pk).update(picture=avatar.uid)
    return avatar


@transaction.atomic
def remove_picture(*, user: User) -> None:
    Avatar.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(picture=None)


def _square(file: Any) -> bytes:
    bad = Invalid.because([Problem("picture", "bad_picture", BAD_PICTURE)])
    if file.size > MOST_BYTES:
        raise bad
    try:
        # The size is known from the header; nothing is decoded before it has been looked at.
        with Image.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise bad
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            small = ImageOps.fit(upright, (SIDE, SIDE))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise bad from error
    out = io.BytesIO()
    small.save(out, "WEBP", quality=82)
    return out.getvalue()
