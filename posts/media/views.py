"""The composer's doors to the library: they speak JSON, and refuse as the API does."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import APIException, NotAuthenticated, ParseError

from accounts.models import User
from accounts.pages import WorkspaceRequest, in_workspace
from accounts.roles import Right
from accounts.services import Actor, enter
from multivio.api import problem_page
from multivio.body_limit import takes_files
from multivio.errors import DomainError
from multivio.tenancy import outside_transaction, tenant
from posts.media import services
from posts.media.receiving import receive_to_disk
from posts.media.serializers import AltTextIn, MediaOut, UploadIn
from posts.models import Media

View = Callable[..., HttpResponseBase]


def refuses_in_json(view: View) -> View:
    """Answer what is refused with application/problem+json."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (APIException, DomainError, Http404) as error:
            return problem_page(error)

    return inner


@takes_files
@outside_transaction
@csrf_exempt  # the check reads the body; _receive() makes it once it is known that somebody may upload here
@require_POST
@refuses_in_json
def upload(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`POST /w/<slug>/media/upload`: a form with `file` and perhaps `alt_text`. 201 with the media item."""
    actor = _uploader(request.user, slug)
    receive_to_disk(request)
    answer: HttpResponseBase = _receive(request, actor)
    return answer


def _uploader(user: User | AnonymousUser, slug: str) -> Actor:
    """Who uploads, asked before a byte of the body is read."""
    if not isinstance(user, User):
        raise NotAuthenticated
    with tenant(user_id=user.pk):
        actor = enter(user=user, slug=slug)
    if actor is None:
        raise Http404("no such workspace")
    actor.require(Right.WRITE_POSTS)
    return actor


@csrf_protect
def _receive(request: HttpRequest, actor: Actor) -> HttpResponse:
    fields = UploadIn.read(request.POST, request.FILES)
    media = services.store_upload(actor=actor, **fields)
    return JsonResponse(MediaOut(media).data, status=201)


@require_http_methods(["PATCH", "DELETE"])
@refuses_in_json
@in_workspace
def item(request: WorkspaceRequest, uid: UUID) -> HttpResponseBase:
    """`PATCH /w/<slug>/media/<uid>` with `{"alt_text": "…"}`, or DELETE."""
    media = Media.objects.filter(workspace=request.actor.workspace, uid=uid).first()
    if media is None:
        raise Http404("no such media")
    if request.method == "DELETE":
        services.delete(actor=request.actor, media=media)
        return HttpResponse(status=204)
    form = AltTextIn(data=_json(request))
    form.is_valid(raise_exception=True)
    services.describe(actor=request.actor, media=media, **form.validated_data)
    return JsonResponse(MediaOut(media).data)


def _json(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise ParseError("This is not JSON.") from error
