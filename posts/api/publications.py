"""`/api/v1/publications`: what became of each post on each connection, and what to do about it."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import actor_of
from billing import limits
from multivio.idempotency import IdempotentMixin
from posts import metrics, services
from posts.api import examples
from posts.api.filters import PublicationFilters, filtered_publications
from posts.api.inputs import DecideIn, NothingIn, in_words_of, read
from posts.api.outputs import MetricsOut, PublicationDetail, PublicationWithPost
from posts.api.showing import Addresses, moment, show_numbers, show_publication_in_full, show_publication_with_post
from posts.models import Publication
from posts.reading.story import is_before

MOST_READINGS = 100
KEPT_BACK = "It was published longer ago than the plan shows numbers of. They are kept."


class PublicationViewSet(IdempotentMixin, GenericViewSet[Publication]):
    """Publications of the workspace, newest first."""

    queryset = Publication.objects.none()
    serializer_class = PublicationWithPost
    lookup_field = "uid"

    def publications(self) -> QuerySet[Publication]:
        rows: QuerySet[Publication] = Publication.objects.in_workspace(actor_of(self.request).workspace.pk)
        return rows.select_related("connection", "post", "deletion__asked_by", "watch__latest")

    def get_object(self) -> Publication:
        found = self.publications().prefetch_related("attempts").filter(uid=self.kwargs["uid"]).first()
        if found is None:
            raise Http404("no such publication")
        return found

    def answer(self) -> Response:
        """The publication as it is stored now, with its attempts."""
        return Response(show_publication_in_full(self.get_object(), Addresses(self.request)))

    @extend_schema(operation_id="publications_list", summary="List publications", parameters=[PublicationFilters])
    def list(self, request: Request) -> Response:
        """Newest first, in pages of `limit` (1 to 100, 50 unless told). Follow `next` for the next page."""
        page = self.paginate_queryset(filtered_publications(self.publications(), PublicationFilters.read(request)))
        at = Addresses(request)
        return self.get_paginated_response([show_publication_with_post(found, at) for found in page or ()])

    @extend_schema(operation_id="publications_read", summary="Read a publication", responses=PublicationDetail)
    def retrieve(self, request: Request, uid: Any) -> Response:
        """With every attempt towards the platform, in order."""
        return self.answer()

    @extend_schema(operation_id="publications_retry", summary="Retry", request=NothingIn, responses=PublicationDetail)
    def retry(self, request: Request, uid: Any) -> Response:
        """Send a failed or held publication again, from the first part that is not public."""
        read(NothingIn, request)
        with in_words_of({}):
            services.retry(actor=actor_of(request), publication=self.get_object())
        return self.answer()

    @extend_schema(operation_id="publications_cancel", summary="Cancel", request=NothingIn, responses=PublicationDetail)
    def cancel(self, request: Request, uid: Any) -> Response:
        """Take it out of the queue. One that a worker holds is asked to stop before it sends."""
        read(NothingIn, request)
        services.cancel_publication(actor=actor_of(request), publication=self.get_object())
        return self.answer()

    @extend_schema(
        operation_id="publications_delete_remote",
        summary="Delete on the platform",
        request=NothingIn,
        responses=PublicationDetail,
    )
    def delete_remote(self, request: Request, uid: Any) -> Response:
        """Have what is public of it deleted there, for good; `deletion` tells how that goes. A thread goes part by part, the
        last first. The publication stays, with its history. Asking again does no harm: what is on its way or done stays as
        it is, and what did not work, or perhaps did, is tried again. 409 says why it cannot be."""
        read(NothingIn, request)
        services.delete_there(actor=actor_of(request), publication=self.get_object())
        return self.answer()

    @extend_schema(operation_id="publications_metrics", summary="Read its numbers", responses=MetricsOut)
    def metrics(self, request: Request, uid: Any) -> Response:
        """Every reading, newest first. They are taken 1 and 6 hours, 1, 3, 7 and 30 days after publishing, and when somebody
        asks for them."""
        publication = self.get_object()
        watch = getattr(publication, "watch", None)
        is_kept_back = is_before(publication, limits.history_since(actor_of(request).workspace))
        readings = [] if is_kept_back else publication.readings.order_by("-read_at")[:MOST_READINGS]
        return Response(
            {
                "results": [show_numbers(reading) for reading in readings],
                "next_at": moment(watch.due_at) if watch else None,
                "gone_at": moment(watch.gone_at) if watch else None,
                "why_none": KEPT_BACK if is_kept_back else metrics.reason_against(publication),
            }
        )

    @extend_schema(
        operation_id="publications_refresh_metrics",
        summary="Refresh its numbers",
        request=NothingIn,
        responses=PublicationDetail,
    )
    def refresh_metrics(self, request: Request, uid: Any) -> Response:
        """Have them read now; the answer is there before the platform's is, so look again in a moment. At most once in five
        minutes for each publication (429). 409 says why none can be read."""
        read(NothingIn, request)
        services.refresh_numbers(actor=actor_of(request), publication=self.get_object())
        return self.answer()

    @extend_schema(
        operation_id="publications_decide",
        summary="Decide about an unknown outcome",
        request=DecideIn,
        responses=PublicationDetail,
        examples=[examples.FOUND, examples.NOT_FOUND],
    )
    def decide(self, request: Request, uid: Any) -> Response:
        """For one that needs you: you looked on the platform, and it is there, or it is not and goes out again."""
        said = read(DecideIn, request)
        publication, actor = self.get_object(), actor_of(request)
        if said["there"]:
            services.decide_there(actor=actor, publication=publication, link=said.get("link", ""))
        else:
            services.decide_not_there(actor=actor, publication=publication)
        return self.answer()
