"""The app configuration of preo.audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "preo.audit"
    label = "audit"

    def ready(self) -> None:
        from django.core import checks

        from preo.audit.checks import check_role

        checks.register(check_role, checks.Tags.database)
