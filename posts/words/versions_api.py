"""`/api/v1/ai/versions`: what became of versions that somebody could choose between."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import actor_of
from ai.models import Generation
from posts.words import versions


class PublishedOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uid")
    post = serializers.UUIDField(source="post.uid")
    connection = serializers.UUIDField(source="connection.uid")
    platform = serializers.CharField()
    seen = serializers.SerializerMethodField(help_text="How many saw it; 0 while the platform does not say.")
    reacted = serializers.SerializerMethodField(help_text="Reactions, comments, shares, saves and clicks together.")

    def get_seen(self, row: Any) -> int:
        return versions.tally_of(row).seen

    def get_reacted(self, row: Any) -> int:
        return versions.tally_of(row).reacted


class VersionOut(serializers.Serializer[Any]):
    generation = serializers.UUIDField(source="generation.uid")
    text = serializers.CharField(source="generation.text", help_text="Empty once its days are over.")
    taken = serializers.BooleanField(source="generation.taken", allow_null=True)
    publications = PublishedOut(many=True)


class ComparisonOut(serializers.Serializer[Any]):
    """The versions of one question, and what can be said about them."""

    choice = serializers.UUIDField()
    task = serializers.CharField(source="first.task")
    created_at = serializers.DateTimeField(source="first.created_at")
    versions = VersionOut(many=True)
    findings = serializers.ListField(
        child=serializers.CharField(),
        help_text="A sentence for each platform. Nothing is called better that may be chance.",
    )


class Versions(GenericAPIView[Generation]):
    """Two versions, and how they did."""

    queryset = Generation.objects.none()
    serializer_class = ComparisonOut

    def get_queryset(self) -> QuerySet[Generation]:
        return versions.choices(actor_of(self.request).workspace)

    @extend_schema(
        operation_id="ai_versions_list",
        tags=["ai"],
        summary="List versions and how they did",
        parameters=[OpenApiParameter("limit", int, description="How many on a page, at most 100.")],
        responses=ComparisonOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Which was taken, in which posts it stands, and which did better with those who saw it."""
        page: Any = self.paginate_queryset(self.get_queryset())
        found = versions.comparisons(actor_of(request).workspace, page)
        return self.get_paginated_response(ComparisonOut(found, many=True).data)
