"""What every page's shell shows of posts."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from posts.models import Publication
from posts.reading.running import standstill
from social.models import Connection


def needs_you(request: HttpRequest) -> dict[str, Any]:
    """`needs_you_count`: publications and connections of this workspace that wait for a person. Asked only when shown."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {}

    def count() -> int:
        publications = Publication.objects.in_workspace(actor.workspace.pk).needing_a_person().count()
        broken = Connection.objects.in_workspace(actor.workspace.pk).live().filter(health="broken").count()
        return int(publications + broken)

    return {
        "needs_you_count": SimpleLazyObject(count),
        "standstill": SimpleLazyObject(lambda: standstill(actor.workspace)),
    }
