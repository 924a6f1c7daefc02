"""The API's reading rooms, `/docs` and `/redoc`: the only pages whose style policy is relaxed."""

from collections.abc import Callable
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpResponseBase


def relaxed_styles(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Swagger UI and ReDoc set styles from script, and ReDoc runs its search in a worker made from a blob."""
    decorated: Any = csp_update({"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]})(view)
    return decorated  # type: ignore[no-any-return]
