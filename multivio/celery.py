"""The Celery application. Tasks carry the caller's user and workspace (TenantTask) and the request id."""

import os

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "multivio.settings")

app = Celery("multivio", task_cls="multivio.tenancy:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: object) -> None:
    """Connected so that Celery leaves the LOGGING setting alone."""
