"""Reading request bodies. A module of its own: REST framework loads parsers while it is being imported itself."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import exceptions, parsers, status


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = "This request is too large. Upload files as media first, then name them by id."


class JSONParser(parsers.JSONParser):
    """JSON with an upper size, that refuses by name what a database or an answer could not hold."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge
        try:
            data = json.loads(raw.decode(), parse_constant=_refuse_constant)
            # Half of a surrogate pair is fine in JSON's escapes, and cannot be written down anywhere else.
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError:
            raise exceptions.ParseError("This JSON is nested too deeply.") from None
        except UnicodeError:
            raise exceptions.ParseError("The body is not valid UTF-8 text.") from None
        except ValueError as error:
            raise exceptions.ParseError(f"This is not valid JSON: {error}") from None
        return data


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
