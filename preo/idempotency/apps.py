"""The app configuration of preo.idempotency."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "preo.idempotency"
    label = "idempotency"
