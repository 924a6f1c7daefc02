"""The door by which Stripe tells what happened. It reads the raw body, stores the event and answers; the work is a task's."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import events

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 once it is stored, also when it was before; 400 for what Stripe did not send."""
    return _take(request, events.receive)


@csrf_exempt
@require_POST
def thin_webhook(request: HttpRequest) -> HttpResponse:
    """The destination for thin events, with a secret of its own: what is wrong with the meter."""
    return _take(request, events.receive_thin)


def _take(request: HttpRequest, receive: Callable[[bytes, str], bool]) -> HttpResponse:
    if not settings.BILLING_ENABLED:
        raise Http404("nothing is sold here")
    try:
        receive(request.body, request.headers.get("Stripe-Signature", ""))
    except events.Refused as refusal:
        log.warning("a webhook was refused", reason=refusal.message)
        return HttpResponse(refusal.message, status=400, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
