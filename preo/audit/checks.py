"""What `manage.py check --database default` says of the role that it is connected as."""

from typing import Any

from django.core import checks
from django.db import connection

from preo.audit.application_role import powers_over_trail
from preo.recording import command_at_work

OF_THE_OWNER = {"migrate", "grant_application_role", "prune_audit_trail"}
"""Commands that need the rights which nobody else should have."""


def check_role(databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warns where the role could alter the audit trail."""
    if "default" not in (databases or ()) or command_at_work() in OF_THE_OWNER:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        (role,) = cursor.fetchone()
    powers = powers_over_trail(role)
    if not powers:
        return []
    return [
        checks.Warning(
            f"The database role {role} could alter the audit trail: it {', '.join(powers)}.",
            hint="Let the web server and the worker connect as a role of their own; see docs/audit.md.",
            id="audit.W001",
        )
    ]
