"""`manage.py export_customer`: all that an organization holds about a customer, as a ZIP of JSON files."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from preo.accounts.models import Customer, CustomerExport, Organization, StaffUser
from preo.api.roles import Role
from preo.customers.management.finding import find_customer, find_organization, find_person
from preo.customers.operations.exporting import write_archive
from preo.errors import DomainError


class Command(BaseCommand):
    help = (
        "Write all that one organization holds about a customer into a new file that its owner alone can read: a ZIP "
        "of JSON files with a manifest. That it was taken out is recorded, with the SHA-256 that is printed. Run "
        "again, it makes another archive; it never writes over a file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", metavar="usr_…")
        parser.add_argument("--organization", required=True, metavar="SLUG", help="its slug, or an id (org_…)")
        parser.add_argument(
            "--to", required=True, type=Path, metavar="FILE", help="the archive to write, such as a.zip"
        )
        parser.add_argument("--by", metavar="EMAIL", help="who takes it out, a manager; by default nobody")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = find_organization(options["organization"])
        customer = find_customer(options["customer"], organization=organization)
        named = options["by"]
        by = find_person(named, organization=organization, role=Role.MANAGER) if named else None
        try:
            export = _written(customer, organization, options["to"], by=by)
        except FileExistsError:
            raise CommandError(f"There is a file {options['to']} already.") from None
        except OSError as problem:
            raise CommandError(f"{options['to']} can't be written: {problem.strerror}.") from None
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{options['to']} has what {organization.slug} holds about {customer.pk}.")
        self.stdout.write(f"SHA-256 {export.sha256}, recorded as {export.pk}.")


def _written(customer: Customer, organization: Organization, path: Path, *, by: StaffUser | None) -> CustomerExport:
    """What doesn't become whole is not left behind. Raises OSError and what write_archive does."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123  its mode
        try:
            return write_archive(customer, organization=organization, to=file, by=by, now=timezone.now())
        except BaseException:
            path.unlink()
            raise
