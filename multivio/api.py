"""What every API answer has in common: problem+json errors, cursors, and serializers that refuse unknown fields."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import set_rollback

from multivio.errors import DomainError, Problem

PROBLEM_TYPE = "application/problem+json"


class Cursor(CursorPagination):
    """Opaque cursors over (created_at, id), newest first: stable while rows are added."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, by name, instead of dropping them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {name: serializers.ErrorDetail("There is no such field.", code="unknown_field") for name in unknown}
                )
        return super().to_internal_value(data)


def request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def problem(
    *,
    status_code: int,
    code: str,
    detail: str,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An `application/problem+json` answer (RFC 9457) with a stable `code`, one sentence, and a pointer per field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": code.replace("_", " ").capitalize(),
        "status": status_code,
        "code": code,
        "detail": detail,
        "request_id": request_id(),
    }
    if problems:
        body["errors"] = [
            {
                "field": found.field,
                "code": found.code,
                "message": found.message,
                "severity": found.severity,
                **({"connection": found.connection} if found.connection else {}),
            }
            for found in problems
        ]
    return Response(body, status=status_code, headers=dict(headers or {}), content_type=PROBLEM_TYPE)


def _flatten(detail: Any, path: str = "") -> list[Problem]:
    """DRF's nested error details as a flat list with dotted paths."""
    if isinstance(detail, Mapping):
        return [found for key, value in detail.items() for found in _flatten(value, f"{path}.{key}".strip("."))]
    if isinstance(detail, list):
        if all(isinstance(item, str) for item in detail):
            return [found for item in detail for found in _flatten(item, path)]
        return [found for index, value in enumerate(detail) for found in _flatten(value, f"{path}.{index}".strip("."))]
    field = path.removesuffix("non_field_errors").strip(".")
    return [Problem(field=field, code=getattr(detail, "code", "invalid"), message=str(detail))]


def _from_drf(error: exceptions.APIException) -> Response:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
    if isinstance(error, exceptions.ValidationError):
        found = _flatten(error.detail)
        return problem(
            status_code=status.HTTP_422_UNPROCESSABLE_ENTITY, code="invalid", detail=found[0].message, problems=found
        )
    code = getattr(error.detail, "code", error.default_code)
    return problem(status_code=error.status_code, code=code, detail=str(error.detail), headers=headers)


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refused call answers in one shape, and what it wrote is rolled back."""
    set_rollback()
    if isinstance(error, DomainError):
        return problem(status_code=error.status, code=error.code, detail=error.message, problems=error.problems)
    if isinstance(error, Http404):
        return problem(status_code=404, code="not_found", detail="There is nothing here by that id.")
    if isinstance(error, PermissionDenied):
        return problem(status_code=403, code="forbidden", detail="You may not do this.")
    if isinstance(error, ValidationError):
        found = [Problem(field="", code=item.code or "invalid", message=str(item.message)) for item in error.error_list]
        return problem(status_code=422, code="invalid", detail=found[0].message, problems=found)
    if isinstance(error, exceptions.APIException):
        return _from_drf(error)
    return None
