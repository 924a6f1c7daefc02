"""Reading request bodies. A module of its own: REST framework loads parsers while it is being imported itself."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework import exceptions, parsers


class JSONParser(parsers.JSONParser):
    """JSON that refuses by name what a database or an answer could not hold."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = json.loads(stream.read().decode(), parse_constant=_refuse_constant)
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
