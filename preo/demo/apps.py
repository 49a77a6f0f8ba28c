"""The demo: believable data, and one command that serves it."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """No tables of its own."""

    name = "preo.demo"
