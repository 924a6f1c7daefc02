"""allauth wants this module of every provider. There is no log-in to start here; the callback is in social/urls.py."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
