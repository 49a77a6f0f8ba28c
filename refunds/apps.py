"""The app configuration of refunds."""

from django.apps import AppConfig


class RefundsConfig(AppConfig):
    name = "refunds"
