"""The support desk: Django's admin under our name, and only for signed-in staff."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

# Their own pages show what lets anybody in: authenticator secrets, session keys, app secrets, tokens. accounts/admin.py
# has pages without them for the first two; the others are not used here.
SHOWN_WITH_SECRETS = {
    "mfa.authenticator",
    "usersessions.usersession",
    "socialaccount.socialapp",
    "socialaccount.socialtoken",
}


class MultivioAdminSite(AdminSite):
    site_header = "Multivio support"
    site_title = "Multivio support"
    index_title = "Support desk"

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """By the same door as everybody: it counts guesses and asks for the second factor, which Django's own does not."""
        if request.user.is_authenticated:
            raise PermissionDenied
        asked = request.GET.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
        back = urlencode({"next": asked if is_ours else reverse("admin:index")})
        return HttpResponseRedirect(f"{reverse('account_login')}?{back}")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Registers pages, except those of packages that would show secrets."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        brought = getattr(admin_class, "__module__", "").startswith("allauth.")
        kept = [model for model in models if not (brought and model._meta.label_lower in SHOWN_WITH_SECRETS)]
        super().register(kept, admin_class, **options)


class MultivioAdminConfig(AdminConfig):
    default_site = "multivio.admin_site.MultivioAdminSite"
