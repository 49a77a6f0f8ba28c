"""`manage.py export_consents`: what one customer answered to one organization, as CSV."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from consents.answers import answers_of
from consents.exporting import ANSWER_COLUMNS, answer_rows
from preo.accounts.models import Customer, Organization
from preo.public_ids import NotAPublicId, decode
from preo.spreadsheets import csv_lines


class Command(BaseCommand):
    help = (
        "Write every answer of a customer to the consents of an organization as CSV, the newest first, with the words "
        "that were shown: into a new file that its owner alone can read. It never writes over a file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customer", required=True, metavar="usr_…")
        parser.add_argument("--organization", required=True, metavar="SLUG", help="its slug, or an id (org_…)")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = _organization(options["organization"])
        customer = _customer(options["customer"], organization)
        rows = answers_of(customer.pk).filter(consent__organization=organization).order_by("-answered_at", "-id")
        try:
            count = _write(csv_lines(ANSWER_COLUMNS, answer_rows(rows)), options["to"])
        except FileExistsError:
            raise CommandError(f"There is a file {options['to']} already.") from None
        except OSError as problem:
            raise CommandError(f"{options['to']} can't be written: {problem.strerror}.") from None
        self.stdout.write(f"{count} answer{'' if count == 1 else 's'} of {customer.pk} in {options['to']}.")


def _organization(text: str) -> Organization:
    named = Q(pk=text) if _is_id(text, "org") else Q(slug=text)
    if found := Organization.objects.filter(named).first():
        return found
    raise CommandError(f"There is no organization {text!r}.")


def _customer(text: str, organization: Organization) -> Customer:
    rows = Customer.objects.filter(known_by__organization=organization).distinct()
    found = rows.filter(pk=text).first() if _is_id(text, "usr") else None
    if found is None:
        raise CommandError(f"{organization.slug} knows no customer {text!r}.")
    return found


def _is_id(text: str, prefix: str) -> bool:
    try:
        return decode(text)[0] == prefix
    except NotAPublicId:
        return False


def _write(lines: Any, path: Path) -> int:
    """How many lines came below the header. What doesn't become whole is not left behind. Raises OSError."""
    count = -1
    with open(  # noqa: PTH123  its mode
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        try:
            for line in lines:
                file.write(line)
                count += 1
        except BaseException:
            path.unlink()
            raise
    return count
