"""Routes of the page of API keys."""

from django.urls import path

from accounts.keys import views

urlpatterns = [
    path("w/<slug:slug>/settings/keys/", views.api_keys, name="api_keys"),
    path("w/<slug:slug>/settings/keys/<uuid:uid>/rotate/", views.rotate, name="rotate_api_key"),
    path("w/<slug:slug>/settings/keys/<uuid:uid>/revoke/", views.revoke, name="revoke_api_key"),
]
