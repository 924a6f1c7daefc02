"""One log line for a request's start and end. Its path only: what follows the question mark may be an OAuth code."""

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from multivio.visitor import address_of


class RequestLog(RequestMiddleware):
    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """The address as our proxies saw it; the package's own way believes whatever the header says."""
        structlog.contextvars.bind_contextvars(ip=address_of(request))
