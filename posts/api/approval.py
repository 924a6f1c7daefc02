"""`/api/v1/posts/{id}/approval` and `/notes`: ask, approve, ask for changes, take back; and what colleagues say meanwhile."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.models import ApprovalPolicy
from multivio.api import StrictSerializer
from multivio.idempotency import IdempotentMixin
from posts import services
from posts.api import examples
from posts.api.fields import Flag, PublishAt, Text
from posts.api.inputs import NothingIn, in_words_of, plan_from, read, require_one_plan
from posts.api.outputs import NoteOut, PostOut
from posts.api.posts import ETAG, PostViewSet
from posts.api.showing import show_note
from posts.models import Note, Post
from posts.services.notes import LONGEST


class CommentIn(StrictSerializer):
    comment = Text(required=False, default="", max_length=LONGEST, help_text="What you want to say with it.")


class AskIn(CommentIn):
    """What shall happen when somebody says yes: nothing yet, or one of these."""

    publish_at = PublishAt(required=False, allow_null=True, help_text="Schedule it for then.")
    publish_now = Flag(required=False, help_text="true: publish it at once.")
    next_free_slot = Flag(required=False, help_text="true: in the next free slot of that moment.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        require_one_plan(attrs)
        return attrs


class ApproveIn(CommentIn):
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="The version you looked at. 412 when the post is another one by now."
    )


class ChangesIn(StrictSerializer):
    comment = Text(max_length=LONGEST, help_text="What should change.")


class NoteIn(StrictSerializer):
    text = Text(max_length=LONGEST, help_text="`@Maja` tells Maja.")


class ApprovalViewSet(PostViewSet):
    """Approval of a post."""

    @extend_schema(
        operation_id="posts_ask_approval", summary="Ask for approval", request=AskIn, responses=PostOut,
        parameters=[ETAG], examples=[examples.ASK],
    )  # fmt: skip
    def ask(self, request: Request, uid: Any) -> Response:
        """Colleagues who may approve are told. Say with it what shall happen to the post when somebody says yes."""
        post, said = self.get_object(), read(AskIn, request)
        with in_words_of(request.data, parts=len(post.texts)):
            services.request_approval(actor=actor_of(request), post=post, plan=plan_from(said), comment=said["comment"])
        return self.answer(post)

    @extend_schema(
        operation_id="posts_approve", summary="Approve", request=ApproveIn, responses=PostOut, parameters=[ETAG],
        examples=[examples.APPROVE],
    )  # fmt: skip
    def approve(self, request: Request, uid: Any) -> Response:
        """Say yes to the post as it is, and it goes where it was meant to go. An edit afterwards ends the approval."""
        post, said = self.get_object(), read(ApproveIn, request)
        services.approve(actor=actor_of(request), post=post, version=said.get("version"), comment=said["comment"])
        return self.answer(post)

    @extend_schema(
        operation_id="posts_ask_changes", summary="Ask for changes", request=ChangesIn, responses=PostOut,
        parameters=[ETAG], examples=[examples.CHANGES],
    )  # fmt: skip
    def changes(self, request: Request, uid: Any) -> Response:
        """Say no for now, and why."""
        post, said = self.get_object(), read(ChangesIn, request)
        services.ask_for_changes(actor=actor_of(request), post=post, comment=said["comment"])
        return self.answer(post)

    @extend_schema(
        operation_id="posts_withdraw_approval", summary="Take the request back", request=NothingIn,
        responses=PostOut, parameters=[ETAG], examples=[examples.POST],
    )  # fmt: skip
    def withdraw(self, request: Request, uid: Any) -> Response:
        """Whoever asked, or who may approve. Where every post needs approval, it still does."""
        read(NothingIn, request)
        post = self.get_object()
        services.withdraw_request(actor=actor_of(request), post=post)
        return self.answer(post)


class NotesView(IdempotentMixin, APIView):
    """Internal notes on a post, and the steps of its approval."""

    @extend_schema(operation_id="notes_list", summary="List notes", responses=NoteOut(many=True))
    def get(self, request: Request, uid: UUID) -> Response:
        """Oldest first."""
        rows = _post(request, uid).notes.select_related("author").prefetch_related("mentions__user")
        return Response([show_note(note) for note in rows])

    @extend_schema(
        operation_id="notes_create", summary="Leave a note", request=NoteIn, responses={201: NoteOut},
        examples=[examples.NOTE],
    )  # fmt: skip
    def post(self, request: Request, uid: UUID) -> Response:
        """Only people of the workspace see it. Somebody named with an @ is told."""
        said = read(NoteIn, request)
        note = services.add_note(actor=actor_of(request), post=_post(request, uid), text=said["text"])
        return Response(show_note(note), status=201)


class NoteView(APIView):
    @extend_schema(operation_id="notes_delete", summary="Delete a note", responses={204: None})
    def delete(self, request: Request, uid: UUID, note: UUID) -> Response:
        """Your own, or as who manages the workspace anybody's. Steps of the approval stay."""
        found = Note.objects.filter(post=_post(request, uid), uid=note).first()
        if found is None:
            raise Http404("no such note")
        services.delete_note(actor=actor_of(request), note=found)
        return Response(status=204)


class PolicyIn(StrictSerializer):
    policy = serializers.ChoiceField(choices=ApprovalPolicy.choices)


class PolicyOut(serializers.Serializer[Any]):
    policy = serializers.ChoiceField(choices=ApprovalPolicy.choices)
    held = serializers.IntegerField(help_text="Publications that were scheduled and wait for approval now.")
    released = serializers.IntegerField(help_text="Publications that waited for approval and are back in line.")


class PolicyView(APIView):
    """Whose yes posts of the workspace need."""

    @extend_schema(operation_id="approval_policy", summary="Set the policy", request=PolicyIn, responses=PolicyOut)
    def put(self, request: Request) -> Response:
        """What is scheduled and would not be allowed by the new policy is held, and says so."""
        policy = read(PolicyIn, request)["policy"]
        done = services.set_policy(actor=actor_of(request), policy=policy)
        return Response({"policy": policy, "held": done.held, "released": done.released})


def _post(request: Request, uid: UUID) -> Post:
    post: Post | None = Post.objects.in_workspace(actor_of(request).workspace.pk).filter(uid=uid).first()
    if post is None:
        raise Http404("no such post")
    return post
