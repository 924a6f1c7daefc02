"""The endpoint that looks into a feed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import actor_of
from accounts.rates import by_person
from accounts.roles import Right
from ai import client
from multivio.api import OutsideTransaction, StrictSerializer
from multivio.feeds import LONGEST_ADDRESS, read_feed
from multivio.idempotency import IdempotentMixin


class FeedIn(StrictSerializer):
    link = serializers.URLField(max_length=LONGEST_ADDRESS, help_text="A feed (RSS or Atom), or a page that names one.")


class EntryOut(serializers.Serializer[Any]):
    id = serializers.CharField(
        source="uid", help_text="What `entry` of `POST /ai/generate` takes, beside the same link."
    )
    title = serializers.CharField()
    link = serializers.CharField(source="url", allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)


class FeedLinkOut(serializers.Serializer[Any]):
    title = serializers.CharField()
    link = serializers.CharField(source="url")


class FeedOut(serializers.Serializer[Any]):
    """A feed's newest entries; or, of a page, the feeds that it names."""

    title = serializers.CharField(allow_blank=True)
    entries = EntryOut(many=True)
    feeds = FeedLinkOut(many=True, source="alternates")


class Feed(IdempotentMixin, OutsideTransaction):
    """What there is to choose from."""

    @extend_schema(
        operation_id="ai_feed",
        tags=["ai"],
        summary="List the entries of a feed",
        request=FeedIn,
        responses=FeedOut,
    )
    def post(self, request: Request) -> Response:
        """Nothing is asked of Grok and nothing is spent. Of at most 30 entries, choose one for the task `repurpose`."""
        actor = actor_of(request)
        actor.require(Right.WRITE_POSTS)
        client.require_on()
        form = FeedIn(data=request.data)
        form.is_valid(raise_exception=True)
        by_person("ai", actor)
        return Response(FeedOut(read_feed(form.validated_data["link"])).data)
