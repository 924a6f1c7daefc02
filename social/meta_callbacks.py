"""What Meta posts to an app by itself, for Facebook, Instagram and Threads: somebody removed the app, or wants their data
deleted (https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback)."""

from dataclasses import dataclass

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from multivio import tenancy
from social import erasure, signed_requests
from social.models import DataDeletion
from social.signed_requests import Forged, SignedRequest

log = structlog.get_logger(__name__)
# Each product has a secret of its own; Instagram accounts can also be connected through the Facebook app.
PRODUCTS = (
    ("FACEBOOK_CLIENT_SECRET", ("facebook", "instagram")),
    ("INSTAGRAM_CLIENT_SECRET", ("instagram",)),
    ("INSTAGRAM_FACEBOOK_CLIENT_SECRET", ("instagram",)),
    ("THREADS_CLIENT_SECRET", ("threads",)),
)


@dataclass(frozen=True)
class Notice:
    """A request that is really Meta's, and the platforms that its secret stands for."""

    slugs: tuple[str, ...]
    content: SignedRequest


@csrf_exempt  # signed by Meta instead
@require_POST
def deauthorize(request: HttpRequest) -> HttpResponse:
    """Somebody removed the app in their settings."""
    notice = _notice(request)
    if notice is None:
        return HttpResponseBadRequest("signed_request is missing or not ours", content_type="text/plain")
    erasure.deauthorize(slugs=notice.slugs, user_id=notice.content.user_id, issued_at=notice.content.issued_at)
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt  # signed by Meta instead
@require_POST
def data_deletion(request: HttpRequest) -> HttpResponse:
    """Somebody wants what we have of them deleted; Meta shows them the address and the code."""
    notice = _notice(request)
    if notice is None:
        return HttpResponseBadRequest("signed_request is missing or not ours", content_type="text/plain")
    done = erasure.erase(slugs=notice.slugs, user_id=notice.content.user_id)
    url = f"{settings.BASE_URL}{reverse('meta_deletion_status', args=[done.code])}"
    return JsonResponse({"url": url, "confirmation_code": done.code})


@require_safe
@never_cache
def deletion_status(request: HttpRequest, code: str) -> HttpResponse:
    """For whoever has the code: that and when it was done, and nothing about whom."""
    with tenancy.system("status of a data deletion"):
        done = DataDeletion.objects.filter(code=code).first()
    if done is None:
        raise Http404("no such deletion")
    answer = render(request, "social/deletion_status.html", {"deletion": done})
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _notice(request: HttpRequest) -> Notice | None:
    value = request.POST.get("signed_request", "")
    slugs: list[str] = []
    content: SignedRequest | None = None
    for setting, platforms in PRODUCTS:
        try:
            content = signed_requests.read(value, str(getattr(settings, setting, "")))
        except Forged:
            continue
        slugs += platforms
    if content is None:
        log.warning("a notice that is not Meta's", path=request.path)
        return None
    return Notice(tuple(dict.fromkeys(slugs)), content)
