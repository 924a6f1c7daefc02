"""`POST /api/v1/posts/validate`: what would keep a post from being published, without storing it."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import actor_of
from multivio.api import OutsideTransaction
from multivio.errors import Invalid
from multivio.idempotency import IdempotentMixin
from posts import services
from posts.api import examples
from posts.api.inputs import PostIn, content_from, in_callers_words, plan_from, read
from posts.api.outputs import Verdict
from posts.api.showing import show_verdict
from social import rereading
from social.models import Connection


class ValidateView(IdempotentMixin, OutsideTransaction):
    """A post that is not stored."""

    @extend_schema(
        operation_id="posts_validate",
        tags=["posts"],
        summary="Check a post without storing it",
        request=PostIn,
        responses=OpenApiResponse(Verdict),
        examples=[examples.NOW, examples.AT, examples.POLL, examples.VERDICT],
    )
    def post(self, request: Request) -> Response:
        """Says per connection what would keep this from being published as planned. Changes nothing of yours.

        Where a platform wants it, it is asked first what the accounts may do now: TikTok, at most once a minute for each. What
        it said stands in the capabilities of the connection.
        """
        data = read(PostIn, request)
        actor, content = actor_of(request), content_from(data)
        rereading.reread(actor=actor, uids=content.connections)
        with self.context():
            try:
                found = services.check(actor=actor, content=content, plan=plan_from(data))
            except Invalid as error:
                found = error.problems
            chosen = Connection.objects.in_workspace(actor.workspace.pk).filter(uid__in=content.connections)
            shown = list(chosen.order_by("platform", "name", "id"))
            return Response(show_verdict(shown, in_callers_words(found, request.data)))
