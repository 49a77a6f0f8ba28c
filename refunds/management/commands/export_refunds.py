"""`manage.py export_refunds`: refunds as CSV for bookkeeping."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from editions.management.finding import find_edition
from preo.accounts.models import Organization
from refunds.exporting import export_lines
from refunds.models import RefundRequest
from refunds.models.requests import RefundQuerySet

STDOUT = "-"


class Command(BaseCommand):
    help = (
        "Write the refunds of an edition or organization as CSV, oldest first, in the columns of the API's export. "
        "With days only those that were processed, or came back, then (UTC). The file is there whole or not at all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--edition", help="its id (edt_…) or organization-slug/edition-slug")
        whose.add_argument("--organization", metavar="SLUG")
        parser.add_argument(
            "--from", dest="first", metavar="DAY", help="processed, or came back, then or later, such as 2026-06-01"
        )
        parser.add_argument("--to", dest="last", metavar="DAY", help="processed, or came back, on this day or before")
        parser.add_argument("--output", required=True, metavar="FILE", help="where to write; - for the terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = _chosen(options["edition"], options["organization"])
        if any(days := (_day(options["first"]), _day(options["last"]))):
            rows = rows.with_moments().filter(_within("processed_at", *days) | _within("came_back_at", *days))
        lines = export_lines(rows.order_by("created", "id"))
        if options["output"] == STDOUT:
            self.stdout.writelines(lines)
            return
        count = _write(lines, Path(options["output"]))
        self.stdout.write(f"{count} refund{'' if count == 1 else 's'} in {options['output']}.")


def _chosen(edition: str | None, organization: str | None) -> RefundQuerySet:
    if edition:
        return RefundRequest.objects.filter(edition=find_edition(edition))
    if not organization:
        raise CommandError("Give --edition or --organization.")
    found = Organization.objects.filter(slug=organization).first()
    if found is None:
        raise CommandError(f"There is no organization {organization!r}.")
    return RefundRequest.objects.filter(organization=found)


def _within(moment: str, first: datetime | None, last: datetime | None) -> Q:
    """Whether it is on one of the days, both of which count."""
    found = Q(**{f"{moment}__gte": first}) if first else Q()
    return found & Q(**{f"{moment}__lt": last + timedelta(days=1)}) if last else found


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC) if text else None
    except ValueError:
        raise CommandError(f"{text} is no day; write it as 2026-06-01.") from None


def _write(lines: Iterable[str], path: Path) -> int:
    """How many lines came below the header. A run that ends early leaves the file that was there before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    count = -1
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            for line in lines:
                file.write(line)
                count += 1
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return count
