"""The support desk: Django's admin under our name, and only for signed-in staff."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig

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
    login_template = "admin/login.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Registers pages, except those of packages that would show secrets."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        brought = getattr(admin_class, "__module__", "").startswith("allauth.")
        kept = [model for model in models if not (brought and model._meta.label_lower in SHOWN_WITH_SECRETS)]
        super().register(kept, admin_class, **options)


class MultivioAdminConfig(AdminConfig):
    default_site = "multivio.admin_site.MultivioAdminSite"
