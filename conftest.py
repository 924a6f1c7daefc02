"""Starts PostgreSQL and Redis for the run before anything imports the settings."""

import os

import django

from multivio.testing.environment import prepare

prepare()
os.environ["DJANGO_SETTINGS_MODULE"] = "multivio.settings"
django.setup()

pytest_plugins = ["multivio.testing.plugin"]
