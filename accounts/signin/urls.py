"""Routes of signing in that are ours, or that are allauth's and call the network: those hold no transaction meanwhile."""

from allauth.headless.constants import Client
from allauth.headless.socialaccount.views import ProviderTokenView
from allauth.socialaccount.providers.google.views import oauth2_callback
from django.urls import path

from accounts.signin import views
from multivio.tenancy import outside_transaction

google_callback = outside_transaction(oauth2_callback)
google_token = outside_transaction(ProviderTokenView.as_api_view(client=Client.APP))

urlpatterns = [
    path("accounts/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("accounts/firebase/", views.firebase_sign_in, name="firebase_sign_in"),
    path("accounts/google/login/callback/", google_callback, name="google_callback"),
    path("accounts/google/login/token/", views.no_such_door),
    path("_allauth/app/v1/auth/provider/token", google_token),
]
