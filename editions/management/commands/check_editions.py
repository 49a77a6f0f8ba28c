"""`manage.py check_editions`: what is wrong with how editions are set up."""

import json
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from editions.choices import HealthStatus, Severity
from editions.healthcheck import Report, failures, run_all
from editions.management.finding import find_edition
from editions.models import Edition
from editions.models.editions import EditionQuerySet

FINDINGS = {Severity.CRITICAL: "Critical findings", Severity.WARNING: "Critical findings or warnings"}
"""What the exit code can be about."""


class Command(BaseCommand):
    help = (
        "Run the healthcheck on every edition that is not archived, and say what fails. Changes nothing. The exit code "
        "is 1 when anything as severe as --fail-on fails in any of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--published", action="store_true", help="only editions that customers see")
        which.add_argument("--edition", help="only this one: its id (edt_…) or organization-slug/edition-slug")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line, an edition each")
        parser.add_argument(
            "--fail-on",
            choices=[severity.value for severity in FINDINGS],
            default=Severity.CRITICAL.value,
            help="what makes the exit code 1 (default: critical)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        show = self._show_json if options["json"] else self._show
        severity = Severity(options["fail_on"])
        counts, failing = Counter[str](), 0
        for report in run_all(_editions(options), now=timezone.now()):
            show(report)
            counts[report.status] += 1
            failing += bool(failures(report, at_least=severity))
        # Beside the JSON, so that every line of the output is an edition.
        (self.stderr if options["json"] else self.stdout).write(_summary(counts))
        if failing:
            raise CommandError(f"{FINDINGS[severity]} in {failing} of {_counted(counts.total())}.")

    def _show(self, report: Report) -> None:
        self.stdout.write(f"{_slugs(report.edition)}: {report.status}")
        for result in failures(report):
            self.stdout.write(f"  {result.severity:8} {result.check_id}: {result.message}")

    def _show_json(self, report: Report) -> None:
        self.stdout.write(json.dumps(_as_json(report), ensure_ascii=False))


def _editions(options: dict[str, Any]) -> EditionQuerySet:
    if options["edition"] is None:
        return Edition.objects.published() if options["published"] else Edition.objects.open()
    return Edition.objects.filter(pk=find_edition(options["edition"]).pk)


def _slugs(edition: Edition) -> str:
    return f"{edition.organization.slug}/{edition.slug}"


def _summary(counts: Counter[str]) -> str:
    statuses = ", ".join(f"{counts[status]} {status}" for status in reversed(HealthStatus))
    return f"{_counted(counts.total())} checked: {statuses}."


def _counted(editions: int) -> str:
    return "1 edition" if editions == 1 else f"{editions} editions"


def _as_json(report: Report) -> dict[str, Any]:
    """Only what failed."""
    return {
        "edition_id": report.edition.pk,
        "edition": _slugs(report.edition),
        "edition_name": report.edition.full_name,
        "status": report.status,
        "can_publish": report.can_publish,
        "summary": report.summary,
        "failures": [
            {
                "check_id": result.check_id,
                "category": result.category,
                "severity": result.severity,
                "message": result.message,
                "suggestion": result.suggestion,
            }
            for result in failures(report)
        ],
    }
