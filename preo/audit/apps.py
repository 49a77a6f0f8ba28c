"""The app configuration of preo.audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "preo.audit"
    label = "audit"
