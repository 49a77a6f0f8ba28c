"""`manage.py grant_application_role`: the role that the web server and the worker connect as."""

import os
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from preo.audit import application_role
from preo.audit.privileges import EVERYTHING, READ, privileges_by_table
from preo.errors import DomainError

PASSWORD = "PREO_APPLICATION_PASSWORD"  # noqa: S105  the name of a variable


class Command(BaseCommand):
    help = (
        "Give the role of the application what the product needs, and take everything else away: it then can't alter "
        "the audit trail, nor what else is append-only. Run it as the owner of the tables after each migrate; until "
        "then the role has no right to new tables. Safe to run at any time, and again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", metavar="ROLE", help="such as preo_app")
        parser.add_argument(
            "--create", action="store_true", help=f"make the role if there is none, with the password in {PASSWORD}"
        )
        parser.add_argument("--dry-run", action="store_true", help="only print the statements")

    def handle(self, *args: Any, role: str, create: bool, dry_run: bool, **options: Any) -> None:
        creates = create and not application_role.role_exists(role)
        try:
            if dry_run:
                self.stdout.write(_printed(role, creates=creates))
                return
            with transaction.atomic():
                application_role.grant(role, creates=creates, password=_password(role) if creates else "")
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        except ProgrammingError as error:
            raise CommandError(f"The database refuses it: {str(error).splitlines()[0]}.") from None
        self.stdout.write(_summary(role, creates=creates))


def _printed(role: str, *, creates: bool) -> str:
    hidden = application_role.HIDDEN if os.environ.get(PASSWORD) else ""
    with connection.cursor() as cursor:
        found = application_role.statements(role, creates=creates, password=hidden)
        return "\n".join(f"{statement.as_string(cursor.connection)};" for statement in found)


def _password(role: str) -> str:
    """What the database is told of it; nothing where it lets the role in by other means."""
    given = os.environ.get(PASSWORD, "")
    return application_role.digest_of_password(given, role=role) if given else ""


def _summary(role: str, *, creates: bool) -> str:
    counts = Counter(privileges_by_table().values())
    whole, read = counts.pop(EVERYTHING), counts.pop(READ)
    made = "was made and " if creates else ""
    return f"{role} {made}may write {whole} tables, part of {counts.total()}, and read {read}; none of the audit trail."
