"""The doors of rates: who is not let in, what is tried at the sign-in, and the headers of every answer of the API."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from multivio import rates
from multivio.api import refused_outside_views
from multivio.errors import DomainError
from multivio.rates import Count, NotCounted, TooMany
from multivio.visitor import network_of

API = "/api/"
TOKENS = "/_allauth/"
SIGN_IN = ("/accounts/", TOKENS, "/admin/login", "/api/v1/auth/")
NOT_COUNTED = ("/accounts/logout/",)


class RatesMiddleware:
    """Before a view: is this address still let in? After it: say on every answer of the API what is left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        try:
            self._before(request)
        except (TooMany, NotCounted) as error:
            response = refusal(request, error)
            count = error.count if isinstance(error, TooMany) else None
        else:
            response = self.get_response(request)
            count = None
        if request.path.startswith(API):
            self._tell(request, response, count)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page whose service refused, and that has no place of its own for it."""
        return refusal(request, exception) if isinstance(exception, TooMany | NotCounted) else None

    def _before(self, request: HttpRequest) -> None:
        if request.path.startswith(API):
            (count,) = rates.take(("refused", f"address:{network_of(request)}"), amount=0)
            if not count.is_open:
                raise TooMany(count)
        tries = request.method == "POST" and request.path.startswith(SIGN_IN) and request.path not in NOT_COUNTED
        if tries and not request.user.is_authenticated:
            rates.require(("sign-in", f"address:{network_of(request)}"))

    def _tell(self, request: HttpRequest, response: HttpResponseBase, count: Count | None) -> None:
        count = count or getattr(request, "rate", None)
        if count is None:  # nobody in particular was let in
            (count,) = rates.take(("refused", f"address:{network_of(request)}"))
        response.headers["RateLimit-Policy"] = rates.policy_header(count)
        response.headers["RateLimit"] = rates.limit_header(count)


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """429 as a page or as a problem, with Retry-After. The same for everybody, whether there is such an account or not."""
    if request.path.startswith((API, TOKENS)) or request.content_type == "application/json":
        return refused_outside_views(error)
    response = render(request, "429.html", {"sentence": error.message}, status=error.status)
    response.headers["Retry-After"] = str(error.retry_after)
    return response
