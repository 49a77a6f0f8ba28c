"""The app configuration of preo.imports."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "preo.imports"
    label = "imports"
