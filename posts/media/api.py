"""Media in the API: upload, list, describe, delete."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import actor_of
from accounts.roles import Right
from multivio.api import OutsideTransaction
from multivio.body_limit import takes_files
from multivio.idempotency import IdempotentMixin
from posts.media import services
from posts.media.receiving import receive_to_disk
from posts.media.serializers import AltTextIn, MediaOut, UploadIn
from posts.models import Media


class MediaCollection(IdempotentMixin, OutsideTransaction, GenericAPIView[Media]):
    """The workspace's pictures, GIFs and videos."""

    parser_classes = [MultiPartParser]
    queryset = Media.objects.none()

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if request.method == "POST":
            receive_to_disk(request)
        return super().initialize_request(request, *args, **kwargs)

    def get_serializer_class(self) -> type[Any]:
        return UploadIn if self.request.method == "POST" else MediaOut

    def get_queryset(self) -> QuerySet[Media]:
        return Media.objects.filter(workspace=actor_of(self.request).workspace)

    @extend_schema(
        operation_id="media_list",
        tags=["media"],
        summary="List media, newest first",
        parameters=[OpenApiParameter("limit", int, description="How many on a page, at most 100.")],
        responses=MediaOut(many=True),
    )
    def get(self, request: Request) -> Response:
        with self.context():
            page = self.paginate_queryset(self.get_queryset())
            return self.get_paginated_response(MediaOut(page, many=True).data)

    @extend_schema(
        operation_id="media_upload",
        tags=["media"],
        summary="Upload a picture, GIF, video or document",
        request={"multipart/form-data": UploadIn},
        responses={201: MediaOut},
    )
    def post(self, request: Request) -> Response:
        """What the file is, is read from its bytes. Place, camera and other metadata of pictures are removed."""
        actor_of(request).require(Right.WRITE_POSTS)  # before the body is read
        fields = UploadIn.read(request.POST, request.FILES)
        media = services.store_upload(actor=actor_of(request), **fields)
        return Response(MediaOut(media).data, status=status.HTTP_201_CREATED)


class MediaItem(GenericAPIView[Media]):
    """One picture, GIF or video."""

    queryset = Media.objects.none()
    serializer_class = AltTextIn

    @extend_schema(operation_id="media_read", tags=["media"], summary="Read one media item", responses=MediaOut)
    def get(self, request: Request, uid: UUID) -> Response:
        return Response(MediaOut(self._found(request, uid)).data)

    @extend_schema(
        operation_id="media_describe", tags=["media"], summary="Set the alt text", request=AltTextIn, responses=MediaOut
    )
    def patch(self, request: Request, uid: UUID) -> Response:
        media = self._found(request, uid)
        form = AltTextIn(data=request.data)
        form.is_valid(raise_exception=True)
        services.describe(actor=actor_of(request), media=media, **form.validated_data)
        return Response(MediaOut(media).data)

    @extend_schema(
        operation_id="media_delete", tags=["media"], summary="Delete media that no post uses", responses={204: None}
    )
    def delete(self, request: Request, uid: UUID) -> Response:
        services.delete(actor=actor_of(request), media=self._found(request, uid))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _found(self, request: Request, uid: UUID) -> Media:
        media: Media | None = Media.objects.filter(workspace=actor_of(request).workspace, uid=uid).first()
        if media is None:
            raise Http404("no such media")
        return media


urlpatterns = [
    path("media", takes_files(MediaCollection.as_view()), name="media"),
    path("media/<uuid:uid>", MediaItem.as_view(), name="media-item"),
]
