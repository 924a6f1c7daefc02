"""The support desk: Django's admin under our name, and only for signed-in staff."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.dispatch import Signal
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


# Support wrote something on a page of the desk: `staff`, `row`, `verb` (added, changed, deleted), `message` as Django's own
# history has it, `before` and `after` of what the form changed. Sent in the transaction of the write.
support_wrote = Signal()


class Told:
    """Put before every page's class: whatever is written there is told."""

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> Any:
        changed = form.changed_data
        request.form_changes = (
            {name: form.initial.get(name) for name in changed},
            {name: form.cleaned_data.get(name) for name in changed},
        )
        return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]

    def log_addition(self, request: Any, obj: Any, message: Any) -> Any:
        _tell(request, obj, "added", message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: Any, obj: Any, message: Any) -> Any:
        _tell(request, obj, "changed", message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: Any, queryset: Any) -> Any:
        for row in queryset:
            _tell(request, row, "deleted", "")
        return super().log_deletions(request, queryset)  # type: ignore[misc]


def _tell(request: Any, row: Any, verb: str, message: Any) -> None:
    before, after = getattr(request, "form_changes", (None, None)) if verb != "deleted" else (None, None)
    support_wrote.send(type(row), staff=request.user, row=row, verb=verb, message=message, before=before, after=after)


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
        base = admin_class or ModelAdmin
        super().register(kept, type(base.__name__, (Told, base), {}), **options)


class MultivioAdminConfig(AdminConfig):
    default_site = "multivio.admin_site.MultivioAdminSite"
