"""`/api/v1/posts`: write, plan, publish and cancel posts."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import actor_of
from multivio.errors import Stale
from multivio.idempotency import IdempotentMixin
from posts import services
from posts.api import examples
from posts.api.filters import PostFilters, filtered_posts
from posts.api.inputs import (
    NothingIn,
    PostIn,
    content_from,
    in_words_of,
    plan_from,
    read,
    stored_content,
    stored_plan,
)
from posts.api.outputs import PostOut
from posts.api.showing import Addresses, show_post
from posts.models import Post
from posts.querysets import PostQuerySet

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="The version, for If-Match."
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag you read. 412 when somebody changed it since."
)


class PostViewSet(IdempotentMixin, GenericViewSet[Post]):
    """Posts of the workspace, newest first."""

    queryset = Post.objects.none()
    serializer_class = PostOut
    lookup_field = "uid"

    def posts(self) -> PostQuerySet:
        rows: PostQuerySet = Post.objects.in_workspace(actor_of(self.request).workspace.pk)
        return rows.with_publications()

    def get_object(self) -> Post:
        post: Post | None = self.posts().filter(uid=self.kwargs["uid"]).first()
        if post is None:
            raise Http404("no such post")
        return post

    def answer(self, post: Post, *, status: int = 200) -> Response:
        """The post as it is stored now, with its version as the ETag."""
        shown = show_post(self.posts().get(pk=post.pk), Addresses(self.request))
        headers = {"ETag": f'"{shown["version"]}"'}
        if status == 201:
            headers["Location"] = shown["links"]["self"]
        return Response(shown, status=status, headers=headers)

    @extend_schema(operation_id="posts_list", summary="List posts", parameters=[PostFilters])
    def list(self, request: Request) -> Response:
        """Newest first, in pages of `limit` (1 to 100, 50 unless told). Follow `next` for the next page."""
        page = self.paginate_queryset(filtered_posts(self.posts(), PostFilters.read(request)))
        at = Addresses(request)
        return self.get_paginated_response([show_post(post, at) for post in page or ()])

    @extend_schema(
        operation_id="posts_create",
        summary="Write a post",
        request=PostIn,
        responses={201: PostOut},
        parameters=[ETAG],
        examples=[
            examples.DRAFT,
            examples.NOW,
            examples.AT,
            examples.NEXT,
            examples.OFFSET,
            examples.POLL,
            examples.POST,
        ],
    )
    def create(self, request: Request) -> Response:
        """Without `publish_now`, `publish_at` or `next_free_slot` it is a draft: only the rules of the workspace hold, not those
        of platforms."""
        data = read(PostIn, request)
        with in_words_of(request.data):
            post = services.create_post(actor=actor_of(request), content=content_from(data), plan=plan_from(data))
        return self.answer(post, status=201)

    @extend_schema(operation_id="posts_read", summary="Read a post", parameters=[ETAG], examples=[examples.POST])
    def retrieve(self, request: Request, uid: Any) -> Response:
        """The post with the state of each of its publications."""
        return self.answer(self.get_object())

    @extend_schema(
        operation_id="posts_replace",
        summary="Replace a post",
        request=PostIn,
        responses=PostOut,
        parameters=[IF_MATCH, ETAG],
        examples=[examples.AT, examples.POST],
    )
    def update(self, request: Request, uid: Any) -> Response:
        """All of it, as in writing a new one: what is left out is emptied, and without a time it is a draft again."""
        post = self.get_object()
        data = read(PostIn, request)
        with in_words_of(request.data):
            services.edit_post(
                actor=actor_of(request),
                post=post,
                content=content_from(data),
                plan=plan_from(data),
                version=_expected_version(request, post),
            )
        return self.answer(post)

    @extend_schema(
        operation_id="posts_change",
        summary="Change a post",
        request=PostIn,
        responses=PostOut,
        parameters=[IF_MATCH, ETAG],
        examples=[examples.REWORD, examples.UNPLAN, examples.POST],
    )
    def partial_update(self, request: Request, uid: Any) -> Response:
        """Only what you send: the rest stays. `text` and `media` change the first part, `parts` replaces all of them."""
        post = self.get_object()
        data = read(PostIn, request)
        _expected_version(request, post)
        with in_words_of(request.data, parts=len(post.texts)):
            services.edit_post(
                actor=actor_of(request),
                post=post,
                content=content_from(data, stored_content(post)),
                plan=plan_from(data, stored_plan(post)),
                # What was left out is taken from this version, so no other may be underneath.
                version=post.version,
            )
        return self.answer(post)

    @extend_schema(operation_id="posts_delete", summary="Delete a draft", parameters=[IF_MATCH], responses={204: None})
    def destroy(self, request: Request, uid: Any) -> Response:
        """Only what was never sent can be deleted; cancel a scheduled post first."""
        post = self.get_object()
        _expected_version(request, post)
        services.delete_draft(actor=actor_of(request), post=post)
        return Response(status=204)

    @extend_schema(
        operation_id="posts_publish",
        summary="Publish now",
        request=NothingIn,
        responses=PostOut,
        parameters=[ETAG],
        examples=[examples.POST],
    )
    def publish(self, request: Request, uid: Any) -> Response:
        """Send what was not sent yet, now: drafts, scheduled, held and failed publications."""
        read(NothingIn, request)
        post = self.get_object()
        with in_words_of({}, parts=len(post.texts)):
            services.publish_now(actor=actor_of(request), post=post)
        return self.answer(post)

    @extend_schema(
        operation_id="posts_cancel",
        summary="Cancel a post",
        request=NothingIn,
        responses=PostOut,
        parameters=[ETAG],
        examples=[examples.POST],
    )
    def cancel(self, request: Request, uid: Any) -> Response:
        """Take everything that was not sent out of the queue. What is public stays public."""
        read(NothingIn, request)
        return self.answer(services.cancel_post(actor=actor_of(request), post=self.get_object()))


def _expected_version(request: Request, post: Post) -> int | None:
    """The version in If-Match, or None when there is no such header. Raises Stale for another one."""
    expected = request.headers.get("If-Match")
    if expected is None or expected.strip() == "*":
        return None
    if f'"{post.version}"' not in [tag.strip() for tag in expected.split(",")]:
        raise Stale("Somebody else changed this post since you read it.")
    return post.version
