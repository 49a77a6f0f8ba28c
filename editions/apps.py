"""The app configuration of editions."""

from django.apps import AppConfig


class EditionsConfig(AppConfig):
    name = "editions"
