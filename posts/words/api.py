"""`/api/v1/ai/alt-text`, `/ai/images` and `/ai/drafts`: what Grok does with pictures and posts of the workspace."""

from typing import Any

from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from ai.api.shapes import GenerationOut
from ai.drawing import LONGEST_PROMPT, RATIOS
from ai.orders import LONGEST_TEXT
from multivio.api import OutsideTransaction, StrictSerializer
from multivio.errors import NotFound
from multivio.idempotency import IdempotentMixin
from posts.api.fields import Uids
from posts.models import Media
from posts.words import ideas, pictures, services
from posts.words.ideas import MOST, MOST_DAYS
from posts.words.versions_api import Versions


class AltTextFor(StrictSerializer):
    media = serializers.UUIDField(help_text="A picture of the library.")


class ImageIn(StrictSerializer):
    prompt = serializers.CharField(max_length=LONGEST_PROMPT, help_text="What the picture shows.")
    ratio = serializers.ChoiceField(choices=RATIOS, default="1:1", help_text="Width to height.")


class IdeasIn(StrictSerializer):
    topic = serializers.CharField(max_length=LONGEST_TEXT, help_text="What the week is about.")
    count = serializers.IntegerField(min_value=1, max_value=MOST, default=7)
    connections = Uids(required=False, default=list, help_text="The accounts that the drafts are for.")
    days = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="Propose with each draft the time of a free slot within so many days; it is then for the accounts that have"
        " that slot free. Fewer free slots make fewer drafts. Left out: without times.",
    )


class DraftedOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uid")
    text = serializers.CharField()
    proposed_for = serializers.DateTimeField(
        allow_null=True, help_text="Nothing goes out then until somebody schedules it."
    )


class IdeasOut(serializers.Serializer[Any]):
    generation = GenerationOut()
    drafts = DraftedOut(many=True)
    free_slots = serializers.IntegerField(
        allow_null=True, help_text="How many were free. Null: nobody asked for slots."
    )


class AltText(IdempotentMixin, OutsideTransaction):
    """Describe a picture."""

    @extend_schema(
        operation_id="ai_alt_text",
        tags=["ai"],
        summary="Describe a picture for people who cannot see it",
        request=AltTextFor,
        responses=GenerationOut,
    )
    def post(self, request: Request) -> Response:
        """A suggestion, made from the picture itself; set it with `PATCH /media/{id}` when it is right."""
        form = AltTextFor(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        with self.context():
            found: Media | None = Media.objects.filter(
                workspace=actor.workspace, uid=form.validated_data["media"]
            ).first()
        if found is None:
            raise NotFound("There is no such media in this workspace.")
        return Response(GenerationOut(services.describe(actor=actor, media=found)).data)


class Images(IdempotentMixin, APIView):
    """Have a picture drawn."""

    @extend_schema(
        operation_id="ai_image",
        tags=["ai"],
        summary="Have a picture drawn for the library",
        request=ImageIn,
        responses={202: GenerationOut},
    )
    def post(self, request: Request) -> Response:
        """A worker draws it, mostly within a minute: read the generation at `Location` until its `state` is no longer `running`.
        Then `items` names the media, or `error` says what went wrong. The picture is marked as made by AI, and so is a post with
        it where a platform takes marks. 4:5 is cut out of 3:4."""
        form = ImageIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = pictures.ask_for_picture(actor=actor_of(request), **form.validated_data)
        where = {"Location": reverse("api:ai-generation", args=[row.uid])}
        return Response(GenerationOut(row).data, status=status.HTTP_202_ACCEPTED, headers=where)


class Drafts(IdempotentMixin, OutsideTransaction):
    """Ideas for a week."""

    @extend_schema(
        operation_id="ai_drafts",
        tags=["ai"],
        summary="Ideas for a week, as drafts",
        request=IdeasIn,
        responses={201: IdeasOut},
    )
    def post(self, request: Request) -> Response:
        """Each idea becomes a draft. None is scheduled: that is for people."""
        form = IdeasIn(data=request.data)
        form.is_valid(raise_exception=True)
        made = ideas.draft_ideas(actor=actor_of(request), **form.validated_data)
        shown = {"generation": made.generation, "drafts": made.posts, "free_slots": made.free}
        return Response(IdeasOut(shown).data, status=status.HTTP_201_CREATED)


urlpatterns = [
    path("ai/alt-text", AltText.as_view(), name="ai-alt-text"),
    path("ai/images", Images.as_view(), name="ai-images"),
    path("ai/drafts", Drafts.as_view(), name="ai-drafts"),
    path("ai/versions", Versions.as_view(), name="ai-versions"),
]
