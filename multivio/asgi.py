"""The ASGI door: `uvicorn multivio.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "multivio.settings")
_django = get_asgi_application()

from multivio.body_limit import BodyLimit  # noqa: E402 - Django has to be set up first

application = BodyLimit(_django)
