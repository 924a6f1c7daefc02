"""Fields that take what was sent literally: nothing is trimmed, guessed or turned into another type."""

import re
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from multivio.api import StrictSerializer
from posts.schedule import WallTime

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?")
NAIVE = "Say in which zone this time is: add an offset, such as 2026-12-01T09:30:00+01:00."
# Far outside what may be planned, and inside what any zone can shift without leaving the calendar.
FIRST_YEAR, LAST_YEAR = 1970, 9000


class Text(serializers.CharField):
    """Text as it was sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be text.", code="not_text")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, not words or numbers that could mean either."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This must be true or false.", code="not_boolean")
        return data


class Uids(serializers.ListField):
    """Ids of things in the workspace."""

    def __init__(self, **kwargs: Any) -> None:
        messages: dict[str, Any] = {
            "not_a_list": "This must be a list of ids.",
            "max_length": "This list has too many ids.",
        }
        child = serializers.UUIDField(error_messages={"invalid": "This is not an id."})
        super().__init__(child=child, max_length=100, error_messages=messages, **kwargs)


def parse_moment(text: str) -> datetime:
    """RFC 3339 with an offset, in UTC, to the second. Raises ValidationError: `naive_time` without an offset, `bad_time`."""
    found = MOMENT.fullmatch(text)
    bad = serializers.ValidationError("This is not a time such as 2026-12-01T09:30:00+01:00.", code="bad_time")
    if found is None:
        raise bad
    if found["offset"] is None:
        raise serializers.ValidationError(NAIVE, code="naive_time")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise bad from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise bad
    return moment.astimezone(UTC).replace(microsecond=0)


@extend_schema_field({"type": "string", "format": "date-time"})
class Moment(serializers.Field[datetime, str, str, Any]):
    """A moment with its offset. In a query string, a `+` that arrived as a space is taken for what it was."""

    def to_internal_value(self, data: str) -> datetime:
        return parse_moment(re.sub(r" (\d\d:\d\d)$", r"+\1", str(data)) if "T" in str(data).upper() else str(data))


class WallTimeIn(StrictSerializer):
    """A date and a clock time in a time zone: it stays at that clock time when the zone's rules change."""

    date = serializers.DateField(
        input_formats=["%Y-%m-%d"], error_messages={"invalid": "This is not a date such as 2026-12-01."}
    )
    time = serializers.TimeField(
        input_formats=["%H:%M", "%H:%M:%S"], error_messages={"invalid": "This is not a clock time such as 09:30."}
    )
    zone = serializers.CharField(max_length=64, help_text="IANA name, such as Europe/Copenhagen.")
    fold = serializers.IntegerField(
        min_value=0, max_value=1, default=0, help_text="1: the second of two equal clock times in autumn."
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "zone" not in data:
            message = "Say in which time zone this is: add a zone such as Europe/Copenhagen."
            raise serializers.ValidationError({"zone": serializers.ErrorDetail(message, code="naive_time")})
        return super().to_internal_value(data)

    def validate_date(self, value: Any) -> Any:
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise serializers.ValidationError("This year is not in the calendar of plans.", code="bad_time")
        return value


@extend_schema_field(
    {
        "oneOf": [
            {
                "type": "object",
                "description": "A clock time in a time zone.",
                "required": ["date", "time", "zone"],
                "additionalProperties": False,
                "properties": {
                    "date": {"type": "string", "format": "date"},
                    "time": {"type": "string", "pattern": "^\\d\\d:\\d\\d(:\\d\\d)?$"},
                    "zone": {"type": "string", "description": "IANA name, such as Europe/Copenhagen."},
                    "fold": {"type": "integer", "enum": [0, 1], "default": 0},
                },
            },
            {"type": "string", "format": "date-time", "description": "RFC 3339 with an offset; kept in UTC."},
        ],
    }
)
class PublishAt(serializers.Field[WallTime, Any, Any, Any]):
    """When: a clock time in a zone, or a moment with an offset (kept as a clock time in UTC)."""

    def to_internal_value(self, data: Any) -> WallTime:
        if isinstance(data, str):
            moment = parse_moment(data)
            return WallTime(moment.date(), moment.time(), "UTC")
        if not isinstance(data, dict):
            message = "This must be an object with date, time and zone, or a text with an offset."
            raise serializers.ValidationError(message, code="bad_time")
        said = WallTimeIn(data=data)
        said.is_valid(raise_exception=True)
        value = said.validated_data
        return WallTime(value["date"], value["time"], value["zone"], value["fold"])
