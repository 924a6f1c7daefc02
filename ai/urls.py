"""Pages of ai."""

from django.urls import path

from ai import views

urlpatterns = [
    path("w/<slug:slug>/settings/grok/", views.brand_voice, name="brand_voice"),
]
