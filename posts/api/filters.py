"""Filters of lists, from the query string. One that is not known is refused: it would otherwise answer with everything."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from multivio.api import StrictSerializer
from posts.api.fields import Moment
from posts.models import Post, Publication
from posts.states import PostState, State
from social.models import PlatformSlug

PAGING = {"cursor", "limit", "format"}


class Filters(StrictSerializer):
    """Filters that both lists have."""

    connection = serializers.UUIDField(required=False, help_text="Only what goes to this connection.")
    platform = serializers.ChoiceField(choices=PlatformSlug.choices, required=False)
    due_after = Moment(required=False, help_text="Due at this moment or later.")
    due_before = Moment(required=False, help_text="Due before this moment.")

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """The filters that were asked for. Raises ValidationError."""
        asked = cls(data={name: value for name, value in request.query_params.items() if name not in PAGING})
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


class PostFilters(Filters):
    state = serializers.ChoiceField(choices=PostState.choices, required=False)


class PublicationFilters(Filters):
    state = serializers.ChoiceField(choices=State.choices, required=False)
    post = serializers.UUIDField(required=False, help_text="Only publications of this post.")


def filtered_posts(posts: QuerySet[Post], filters: dict[str, Any]) -> QuerySet[Post]:
    on = {
        lookup: filters[name]
        for name, lookup in (("connection", "connection__uid"), ("platform", "platform"))
        if name in filters
    }
    if on:
        posts = posts.filter(Exists(Publication.objects.filter(post=OuterRef("pk"), **on)))
    return _by_state_and_time(posts, filters)


def filtered_publications(publications: QuerySet[Publication], filters: dict[str, Any]) -> QuerySet[Publication]:
    lookups = (("connection", "connection__uid"), ("post", "post__uid"), ("platform", "platform"))
    found = publications.filter(**{lookup: filters[name] for name, lookup in lookups if name in filters})
    return _by_state_and_time(found, filters)


def _by_state_and_time(rows: QuerySet[Any], filters: dict[str, Any]) -> QuerySet[Any]:
    lookups = (("state", "state"), ("due_after", "due_at__gte"), ("due_before", "due_at__lt"))
    return rows.filter(**{lookup: filters[name] for name, lookup in lookups if name in filters})
