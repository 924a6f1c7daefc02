"""What callers get, as the API's documentation describes it. The values are made in posts/api/showing.py: serializers took
four times as long over a page of posts. Tests hold every answer to these shapes."""

from typing import Any

from rest_framework import serializers

from multivio.openapi import FieldProblem
from posts.api.fields import PublishAt
from posts.deletion_models import Deletion
from posts.models import Attempt, Media, Note
from posts.states import Approval, OnApproval, PostState, State
from social.models import PlatformSlug

Shape = serializers.Serializer[Any]


def links() -> serializers.DictField:
    return serializers.DictField(child=serializers.URLField())


class ConnectionRef(Shape):
    """The account that it goes to."""

    id = serializers.UUIDField()
    platform = serializers.ChoiceField(choices=PlatformSlug.choices)
    username = serializers.CharField()
    name = serializers.CharField()


class AuthorOut(Shape):
    name = serializers.CharField()


class ErrorOut(Shape):
    """Why it is not public: one sentence, and what to do next."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    next_step = serializers.CharField()


class DeletionOut(Shape):
    """That somebody had it deleted on its platform, and how that goes. Its state stays: it was published."""

    state = serializers.ChoiceField(
        choices=Deletion.State.choices, help_text="`unknown`: no clear answer came; asking again does no harm."
    )
    asked_by = AuthorOut(allow_null=True)
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True, help_text="When the last of it was gone.")
    retry_at = serializers.DateTimeField(allow_null=True, help_text="While it waits: when it goes on by itself.")
    deleted = serializers.IntegerField(help_text="How many of its posts there are gone (a thread has several).")
    error = ErrorOut(allow_null=True)


class NumbersOut(Shape):
    """Numbers at a time, since it was published; of a thread, of its first part. Null: the platform does not say."""

    read_at = serializers.DateTimeField()
    impressions = serializers.IntegerField(allow_null=True)
    reach = serializers.IntegerField(allow_null=True)
    video_views = serializers.IntegerField(allow_null=True)
    reactions = serializers.IntegerField(allow_null=True)
    comments = serializers.IntegerField(allow_null=True)
    shares = serializers.IntegerField(allow_null=True)
    saves = serializers.IntegerField(allow_null=True)
    clicks = serializers.IntegerField(allow_null=True)
    watched_minutes = serializers.IntegerField(allow_null=True)
    followers_gained = serializers.IntegerField(allow_null=True)


class MetricsOut(Shape):
    """The readings of a publication."""

    results = NumbersOut(many=True, help_text="Newest first, at most a hundred.")
    next_at = serializers.DateTimeField(allow_null=True, help_text="When they are read next.")
    gone_at = serializers.DateTimeField(allow_null=True, help_text="Since then the platform says that it is not there.")
    why_none = serializers.CharField(help_text="Why none can be read, in plain words. Empty where they can.")


class PublicationOut(Shape):
    """A post on one connection. `committed` of `commits` parts are proven public."""

    id = serializers.UUIDField()
    connection = ConnectionRef()
    texts = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Its own words. Null: those of the post."
    )
    options = serializers.DictField(help_text="What was chosen for the platform.")
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField(help_text="The state in words.")
    due_at = serializers.DateTimeField(allow_null=True)
    remote_id = serializers.CharField(allow_null=True)
    remote_url = serializers.CharField(help_text="Address of the published post, or empty.")
    committed = serializers.IntegerField()
    commits = serializers.IntegerField()
    error = ErrorOut(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    deletion = DeletionOut(allow_null=True, help_text="Null: nobody asked for it to be deleted there.")
    metrics = NumbersOut(allow_null=True, help_text="What was read last. Null: nothing yet.")
    metrics_kept_back = serializers.BooleanField(
        help_text="It was published longer ago than the plan shows numbers of. They are kept."
    )
    gone_at = serializers.DateTimeField(allow_null=True, help_text="Since then the platform says that it is not there.")


class PostRef(Shape):
    id = serializers.UUIDField()
    headline = serializers.CharField(help_text="The first line of the text.")


class PublicationWithPost(PublicationOut):
    """A publication and the post it belongs to."""

    post = PostRef()
    links = links()


class AttemptOut(Shape):
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


class MediaRef(Shape):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Media.Kind.choices)
    alt_text = serializers.CharField()


class PartOut(Shape):
    text = serializers.CharField()
    media = MediaRef(many=True)


class PlanOut(Shape):
    """When it goes out: `publish_at` as it was planned, `due_at` the moment that it means."""

    publish_at = PublishAt(allow_null=True, help_text="Null too where each connection has a slot of its own.")
    next_free_slot = serializers.BooleanField(
        help_text="Each connection has a slot of its own: see the publications. `due_at` is the first of them."
    )
    due_at = serializers.DateTimeField(allow_null=True)
    proposed_for = serializers.DateTimeField(
        allow_null=True,
        help_text="A time that was proposed with a draft. Nothing goes out then until somebody schedules it.",
    )


class ApprovalOut(Shape):
    """Whether somebody said yes to the post as it is."""

    state = serializers.ChoiceField(choices=Approval.choices, help_text="Empty: nobody asked.")
    on_approval = serializers.ChoiceField(choices=OnApproval.choices, help_text="What happens when somebody says yes.")
    asked_by = AuthorOut(allow_null=True)
    asked_at = serializers.DateTimeField(allow_null=True)


class NoteOut(Shape):
    """A note on a post, or a step of its approval."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Note.Kind.choices)
    author = AuthorOut(allow_null=True)
    text = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the post, when it was said.")
    mentions = AuthorOut(many=True)
    created_at = serializers.DateTimeField()


class PostOut(Shape):
    """A post with each of its publications. `state` is `published` only when every part is public everywhere."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=PostState.choices)
    state_label = serializers.CharField(help_text="The state in words.")
    version = serializers.IntegerField(help_text="Counts edits; the ETag for If-Match.")
    parts = PartOut(many=True)
    plan = PlanOut()
    approval = ApprovalOut()
    author = AuthorOut(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    publications = PublicationOut(many=True)
    links = links()


class ConnectionVerdict(Shape):
    """What stands in the way on one connection."""

    connection = ConnectionRef()
    ok = serializers.BooleanField()
    problems = FieldProblem(many=True)


class Verdict(Shape):
    """Whether it could go out as it was sent. `problems` are those that are not about one connection alone."""

    ok = serializers.BooleanField()
    problems = FieldProblem(many=True)
    connections = ConnectionVerdict(many=True)
