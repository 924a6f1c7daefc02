"""robots.txt: Meta's fetcher obeys it, and has to reach media by their signed addresses
(https://developers.facebook.com/docs/sharing/webmasters/web-crawlers)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from multivio.tenancy import outside_transaction

RULES = """\
User-agent: facebookexternalhit
User-agent: meta-externalfetcher
Allow: /

User-agent: *
Allow: /media/
Disallow: /w/
Disallow: /api/
Disallow: /admin/
Disallow: /accounts/
Disallow: /connections/
"""


@outside_transaction
@require_safe
@cache_control(max_age=86400, public=True)
def robots(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(RULES, content_type="text/plain; charset=utf-8")
