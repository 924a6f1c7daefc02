"""What every API answer has in common: problem+json errors, cursors, and serializers that refuse unknown fields."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from multivio.errors import DomainError, Problem
from multivio.tenancy import outside_transaction, tenant

log = structlog.get_logger(__name__)
PROBLEM_TYPE = "application/problem+json"


class Cursor(CursorPagination):
    """Opaque cursors over (created_at, id), newest first: stable while rows are added."""

    page_size_default = 50
    max_page_size = 100
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")

    def get_page_size(self, request: Request) -> int | None:
        """Refuses a limit that cannot be honoured, instead of answering with another number of rows."""
        asked = request.query_params.get("limit", str(self.page_size_default))
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= self.max_page_size):
            message = f"A limit is a whole number from 1 to {self.max_page_size}."
            raise serializers.ValidationError({"limit": serializers.ErrorDetail(message, code="bad_limit")})
        return int(asked)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": ["string", "null"], "format": "uri"}
        properties = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}


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


class OutsideTransaction(APIView):
    """For an API view that takes uploads or calls the network: no transaction is open while it does.

    Who asks is found out in one short transaction; the handlers open their own with `self.context()`.
    """

    outlives_transaction = True

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:  # type: ignore[override]
        return outside_transaction(super().as_view(**initkwargs))

    def perform_authentication(self, request: Request) -> None:
        user = request._request.user
        if user.is_authenticated and request.method not in SAFE_METHODS and "Authorization" not in request.headers:
            # A form's CSRF token is in the body, which may be long in coming: read it before the transaction begins.
            request.POST  # noqa: B018
        with tenant(user_id=user.pk):
            super().perform_authentication(request)

    def context(self) -> AbstractContextManager[None]:
        """A transaction in which the caller acts in their workspace."""
        actor = self.request.actor  # type: ignore[attr-defined]
        return tenant(user_id=actor.user.pk, workspace_id=actor.workspace.pk)


def request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def as_error(found: Problem) -> dict[str, str]:
    """A problem as the API shows it."""
    shown = {"field": found.field, "code": found.code, "message": found.message, "severity": found.severity}
    return {**shown, "connection": found.connection} if found.connection else shown


def problem(
    *,
    status_code: int,
    code: str,
    detail: str,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """An `application/problem+json` answer (RFC 9457) with a stable `code`, one sentence, and a pointer per field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": code.replace("_", " ").capitalize(),
        "status": status_code,
        "code": code,
        "detail": detail,
        "request_id": request_id(),
        **(extra or {}),
    }
    if problems:
        body["errors"] = [as_error(found) for found in problems]
    return Response(body, status=status_code, headers=dict(headers or {}), content_type=PROBLEM_TYPE)


def problem_page(error: Exception) -> HttpResponse:
    """The same answer from a page's endpoint that speaks JSON, which is no API view. Raises what is not a refusal."""
    answer = problem_handler(error, {})
    if answer is None:
        raise error
    return JsonResponse(answer.data, status=answer.status_code, content_type=PROBLEM_TYPE)


def refused_outside_views(error: DomainError) -> HttpResponse:
    """The same answer from a middleware, where there is nothing to roll back."""
    answer = _answer_to(error)
    assert answer is not None  # noqa: S101 - a domain error always has one
    page = JsonResponse(answer.data, status=answer.status_code, content_type=PROBLEM_TYPE)
    if error.retry_after:
        page.headers["Retry-After"] = str(error.retry_after)
    return page


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
        return problem(status_code=422, code=found[0].code, detail=found[0].message, problems=found)
    code = getattr(error.detail, "code", error.default_code)
    return problem(status_code=error.status_code, code=code, detail=str(error.detail), headers=headers)


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refused call answers in one shape, and what it wrote is rolled back. What works outside
    a transaction has rolled back its own by then, and has no business with another."""
    if not getattr(context.get("view"), "outlives_transaction", False):
        set_rollback()
    response = _answer_to(error) or _server_error(error, context)
    request = context.get("request")
    renderer = getattr(request, "accepted_renderer", None)
    if response is not None and renderer is not None and renderer.format == "api":
        response.content_type = None  # the browsable page around the problem is HTML
    return response


def _answer_to(error: Exception) -> Response | None:
    if isinstance(error, DomainError):
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        return problem(
            status_code=error.status,
            code=error.code,
            detail=error.message,
            problems=error.problems,
            headers=headers,
            extra=error.extra,
        )
    if isinstance(error, Http404):
        return problem(status_code=404, code="not_found", detail="There is nothing here by that id.")
    if isinstance(error, RequestDataTooBig):
        detail = "This request is too large. Upload files as media first, then name them by id."
        return problem(status_code=413, code="too_large", detail=detail)
    if isinstance(error, SuspiciousOperation):
        return problem(status_code=400, code="bad_request", detail="This request cannot be read.")
    if isinstance(error, PermissionDenied):
        return problem(status_code=403, code="forbidden", detail="You may not do this.")
    if isinstance(error, ValidationError):
        found = [Problem(field="", code=item.code or "invalid", message=str(item.message)) for item in error.error_list]
        return problem(status_code=422, code=found[0].code, detail=found[0].message, problems=found)
    if isinstance(error, exceptions.APIException):
        return _from_drf(error)
    return None


def _server_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Our own failure, in the same shape. Under DEBUG Django's page with the traceback is worth more."""
    if settings.DEBUG:
        return None
    view, request = context.get("view"), context.get("request")
    got_request_exception.send(sender=type(view), request=getattr(request, "_request", request))
    log.error("an API call failed", exc_info=error)
    return problem(
        status_code=500,
        code="server_error",
        detail="Something went wrong on our side, and nothing was changed. Try again; if it stays, send us the request id.",
    )
