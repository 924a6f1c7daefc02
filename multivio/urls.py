"""All routes. Pages live under `/w/<workspace>/…`, the API under `/api/v1/…` without trailing slashes."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from multivio.api_root import ApiRoot, NoSuchRoute
from multivio.docs import relaxed_styles
from multivio.robots import robots

api: list[URLPattern | URLResolver] = [
    path("", include("accounts.api")),
    path("", include("accounts.keys.api")),
    path("", include("accounts.signin.firebase_api")),
    path("", include("social.api")),
    path("", include("ai.api.urls")),
    path("", include("posts.api")),
    path("", include("posts.media.api")),
    path("", include("posts.words.api")),
    path("", include("accounts.trail.api")),
    path("", include("accounts.inbox.api")),
    path("", include("billing.api")),
    path("", include("billing.stay_api")),
    path("", ApiRoot.as_view(), name="root"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("<path:rest>", NoSuchRoute.as_view()),
]

urlpatterns = [
    path("", include("accounts.keys.urls")),
    path("", include("ai.urls")),
    path("", include("posts.urls")),
    path("", include("posts.media.urls")),
    path("", include("social.urls")),
    path("", include("billing.urls")),
    path("", include("accounts.urls")),
    path("", include("accounts.trail.urls")),
    path("", include("accounts.inbox.urls")),
    path("", include("accounts.signin.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/v1/", include((api, "api"))),
    path("docs", relaxed_styles(SpectacularSwaggerSplitView.as_view(url_name="api:schema")), name="docs"),
    path("redoc", relaxed_styles(SpectacularRedocView.as_view(url_name="api:schema")), name="redoc"),
    path("admin/", admin.site.urls),
    path("robots.txt", robots),
]
