"""The support desk: Django's admin under our name, and only for signed-in staff."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class MultivioAdminSite(AdminSite):
    site_header = "Multivio support"
    site_title = "Multivio support"
    index_title = "Support desk"
    login_template = "admin/login.html"


class MultivioAdminConfig(AdminConfig):
    default_site = "multivio.admin_site.MultivioAdminSite"
