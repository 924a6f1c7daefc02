"""Routes of connections. The names of the callbacks are the ones that allauth looks for."""

from django.urls import path

from social import meta_callbacks, views
from social.providers.facebook.views import callback as facebook_callback
from social.providers.instagram.views import callback as instagram_callback
from social.providers.instagram_facebook.views import callback as instagram_facebook_callback
from social.providers.linkedin.views import callback as linkedin_callback
from social.providers.threads.views import callback as threads_callback
from social.providers.tiktok.views import callback as tiktok_callback
from social.providers.x.views import callback as x_callback
from social.providers.x_oauth1.views import callback as x_oauth1_callback
from social.providers.youtube.views import callback as youtube_callback

urlpatterns = [
    path("w/<slug:slug>/connections/", views.connections, name="connections"),
    path("w/<slug:slug>/connections/connect/<slug:provider>/", views.connect, name="connect_account"),
    path("w/<slug:slug>/connections/look/<slug:platform>/", views.look_for_more, name="look_for_accounts"),
    path("w/<slug:slug>/connections/setup/", views.setup, name="setup"),
    path("w/<slug:slug>/connections/choose/<uuid:grant>/", views.choose, name="choose_accounts"),
    path("w/<slug:slug>/connections/choose/<uuid:grant>/keep/", views.keep_chosen, name="keep_accounts"),
    path("w/<slug:slug>/connections/add/<slug:platform>/", views.guide, name="guide"),
    path("w/<slug:slug>/connections/<uuid:uid>/", views.account, name="account"),
    path("w/<slug:slug>/connections/<uuid:uid>/arrange/", views.arrange, name="arrange_account"),
    path("w/<slug:slug>/connections/<uuid:uid>/disconnect/", views.disconnect, name="disconnect_account"),
    path("connections/callback/x", x_callback, name="x_callback"),
    path("connections/callback/x-oauth1", x_oauth1_callback, name="x-oauth1_callback"),
    path("connections/callback/facebook", facebook_callback, name="facebook_callback"),
    path("connections/callback/linkedin", linkedin_callback, name="linkedin_callback"),
    path("connections/callback/tiktok", tiktok_callback, name="tiktok_callback"),
    path("connections/callback/youtube", youtube_callback, name="youtube_callback"),
    path("connections/callback/threads", threads_callback, name="threads_callback"),
    path("connections/callback/instagram", instagram_callback, name="instagram_callback"),
    path("connections/callback/instagram-facebook", instagram_facebook_callback, name="instagram-facebook_callback"),
    path("connections/meta/deauthorize", meta_callbacks.deauthorize, name="meta_deauthorize"),
    path("connections/meta/data-deletion", meta_callbacks.data_deletion, name="meta_data_deletion"),
    path("connections/meta/data-deletion/<str:code>", meta_callbacks.deletion_status, name="meta_deletion_status"),
]
