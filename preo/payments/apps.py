"""The app configuration of preo.payments."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "preo.payments"
    label = "payments"
