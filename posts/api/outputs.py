"""What callers get about posts and publications."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from multivio.openapi import FieldProblem
from posts.api.fields import PublishAt
from posts.api.inputs import wall_time
from posts.models import Attempt, Media, Post, PostMedia, Publication
from posts.states import PostState, State
from social.models import Connection, PlatformSlug


class ConnectionRef(serializers.Serializer[Connection]):
    """The account that it goes to."""

    id = serializers.UUIDField(source="uid")
    platform = serializers.ChoiceField(choices=PlatformSlug.choices)
    username = serializers.CharField()
    name = serializers.CharField()


class ErrorOut(serializers.Serializer[Any]):
    """Why it is not public: one sentence, and what to do next."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    next_step = serializers.CharField()


class PublicationOut(serializers.Serializer[Publication]):
    """A post on one connection. `committed` of `commits` parts are proven public."""

    id = serializers.UUIDField(source="uid")
    connection = ConnectionRef()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField(source="get_state_display")
    due_at = serializers.DateTimeField(allow_null=True)
    remote_id = serializers.CharField(allow_null=True)
    remote_url = serializers.CharField()
    committed = serializers.IntegerField()
    commits = serializers.IntegerField()
    error = serializers.SerializerMethodField()
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(ErrorOut(allow_null=True))
    def get_error(self, publication: Publication) -> dict[str, str] | None:
        if not (publication.error_code or publication.error_sentence):
            return None
        return {
            "code": publication.error_code,
            "sentence": publication.error_sentence,
            "next_step": publication.error_next_step,
        }


class PostRef(serializers.Serializer[Post]):
    id = serializers.UUIDField(source="uid")
    headline = serializers.CharField(help_text="The first line of the text.")


class PublicationWithPost(PublicationOut):
    """A publication and the post it belongs to."""

    post = PostRef()
    links = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "format": "uri"}})
    def get_links(self, publication: Publication) -> dict[str, str]:
        return {
            "self": _url("publication", publication.uid, self.context),
            "post": _url("post", publication.post.uid, self.context),
        }


class AttemptOut(serializers.Serializer[Attempt]):
    """One try towards the platform, written down before it left."""

    step = serializers.CharField(help_text="`commit:1` makes the first part public, `commit:2` the second.")
    status = serializers.ChoiceField(choices=Attempt.Status.choices)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    http_status = serializers.IntegerField(allow_null=True)
    code = serializers.CharField()
    sentence = serializers.CharField()
    remote_url = serializers.CharField()


class PublicationDetail(PublicationWithPost):
    """A publication with everything that was tried."""

    duplicate_remote_id = serializers.CharField(help_text="Not empty: the same part turned out to be public twice.")
    attempts = AttemptOut(many=True)


class MediaRef(serializers.Serializer[Media]):
    id = serializers.UUIDField(source="uid")
    kind = serializers.ChoiceField(choices=Media.Kind.choices)
    alt_text = serializers.CharField()


class PartOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    media = MediaRef(many=True)


class PlanOut(serializers.Serializer[Any]):
    """When it goes out: `publish_at` as it was planned, `due_at` the moment that it means."""

    publish_at = PublishAt(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)


class AuthorOut(serializers.Serializer[Any]):
    name = serializers.CharField(source="get_full_name")


class PostOut(serializers.Serializer[Post]):
    """A post with each of its publications. `state` is `published` only when every part is public everywhere."""

    id = serializers.UUIDField(source="uid")
    state = serializers.ChoiceField(choices=PostState.choices)
    state_label = serializers.CharField(source="get_state_display")
    version = serializers.IntegerField(help_text="Counts edits; the ETag for If-Match.")
    parts = serializers.SerializerMethodField()
    plan = serializers.SerializerMethodField()
    author = AuthorOut(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    publications = PublicationOut(many=True)
    links = serializers.SerializerMethodField()

    @extend_schema_field(PartOut(many=True))
    def get_parts(self, post: Post) -> list[Any]:
        attached: list[PostMedia] = list(post.attached.all())
        shown = [
            {"text": text, "media": [item.media for item in attached if item.part == number]}
            for number, text in enumerate(post.texts)
        ]
        return PartOut(shown, many=True).data  # type: ignore[return-value]

    @extend_schema_field(PlanOut)
    def get_plan(self, post: Post) -> Any:
        return PlanOut({"publish_at": wall_time(post), "due_at": post.due_at}).data

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "format": "uri"}})
    def get_links(self, post: Post) -> dict[str, str]:
        return {
            "self": _url("post", post.uid, self.context),
            "page": self._page(post),
            "publish": _url("publish-post", post.uid, self.context),
            "cancel": _url("cancel-post", post.uid, self.context),
        }

    def _page(self, post: Post) -> str:
        request = self.context["request"]
        return reverse("post", kwargs={"slug": request.actor.workspace.slug, "uid": post.uid}, request=request)


class ConnectionVerdict(serializers.Serializer[Any]):
    """What stands in the way on one connection."""

    connection = ConnectionRef()
    ok = serializers.BooleanField()
    problems = FieldProblem(many=True)


class Verdict(serializers.Serializer[Any]):
    """Whether it could go out as it was sent. `problems` are those that are not about one connection alone."""

    ok = serializers.BooleanField()
    problems = FieldProblem(many=True)
    connections = ConnectionVerdict(many=True)


def _url(name: str, uid: Any, context: Mapping[str, Any]) -> str:
    return reverse(f"api:{name}", kwargs={"uid": uid}, request=context.get("request"))
