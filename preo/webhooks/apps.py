"""The app configuration of preo.webhooks."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "preo.webhooks"
    label = "webhooks"
