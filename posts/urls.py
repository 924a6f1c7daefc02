"""Pages of posts, and the front door."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
