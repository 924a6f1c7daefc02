"""What every operation has in common in the OpenAPI document: the header of POSTs, and the shape of problems."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from multivio.api import PROBLEM_TYPE
from multivio.idempotency import HEADER, LONGEST

IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=(
        f"Up to {LONGEST} characters of your choice, such as a UUID, new for each thing you do. Sent again within 24 hours "
        "with the same body, the first answer is repeated with `Idempotency-Replayed: true` and nothing happens twice. "
        "409 while the first request is at work, 422 with another body."
    ),
)
PROBLEM = OpenApiExample(
    "A field is wrong",
    value={
        "type": "about:blank",
        "title": "Naive time",
        "status": 422,
        "code": "naive_time",
        "detail": "Say in which zone this time is: add an offset, such as 2026-12-01T09:30:00+01:00.",
        "request_id": "4f4cbd1c-9f6e-4e3c-8a53-6a35b3b3f0ee",
        "errors": [
            {
                "field": "publish_at",
                "code": "naive_time",
                "message": "Say in which zone this time is: add an offset, such as 2026-12-01T09:30:00+01:00.",
                "severity": "error",
            }
        ],
    },
)


class FieldProblem(serializers.Serializer[Any]):
    """One thing that is wrong, and where."""

    field = serializers.CharField(help_text="Where: a path into what you sent, such as `parts.0.text`.")
    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="One sentence, for people.")
    severity = serializers.ChoiceField(choices=["error", "warning"], help_text="A warning does not stop anything.")
    connection = serializers.UUIDField(required=False, help_text="The connection it applies to, if not to all.")


class ProblemDetails(serializers.Serializer[Any]):
    """Why a request was refused (RFC 9457). Nothing was changed."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="One sentence, for people.")
    request_id = serializers.CharField(help_text="Name it when you ask for help.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment] # a field, not what a form found


class Schema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY] if self.method == "POST" else []

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction == "response":
            refusal = OpenApiResponse(ProblemDetails, "Refused, and nothing was changed.", [PROBLEM])
            bodies["4XX"] = self._get_response_for_code(refusal, "4XX", [PROBLEM_TYPE])  # type: ignore[no-untyped-call]
        return bodies
