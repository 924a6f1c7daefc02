"""Logs."""

from multivio.logs import logging_config
from multivio.settings.core import DEBUG, env

LOGGING = logging_config(level=env.str("LOG_LEVEL", "INFO"), json=env.bool("LOG_JSON", not DEBUG))
