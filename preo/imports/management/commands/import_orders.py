"""Import the orders of a CSV into an edition."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from editions.management.finding import find_edition
from preo.imports.mapping import BadMapping, load_mapping
from preo.imports.operations import import_orders
from preo.imports.reading import BadFile
from preo.imports.report import Report

SECONDS_BETWEEN_PROGRESS = 2


class Command(BaseCommand):
    help = (
        "Import the orders of a CSV of order lines into an edition: customers, products, payments and one purchase a "
        "unit. Lines that can't be imported go to the rejects file with line number and reason; they are no failure, "
        "so the exit code is 0 whenever the whole file was processed, and 1 when it wasn't. Orders are written whole "
        "and once: running the same command again creates nothing twice and goes on where a run was interrupted. The "
        "lines of an order must stand together. See docs/importing.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a CSV in UTF-8 or Windows-1252, a line a product")
        parser.add_argument("--edition", required=True, help="its id (edt_…) or organization-slug/edition-slug")
        parser.add_argument("--mapping", required=True, type=Path, metavar="FILE.toml", help="what the columns mean")
        parser.add_argument(
            "--rejects",
            type=Path,
            metavar="PATH",
            help="where rejected lines go; by default FILE's name with "
            ".rejects.csv in the current folder, in a dry run nowhere",
        )
        parser.add_argument("--dry-run", action="store_true", help="write no row, report the same numbers")
        parser.add_argument("--json", action="store_true", help="print the summary as a JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        source, dry_run = options["file"], options["dry_run"]
        rejects = options["rejects"] or (None if dry_run else Path(f"{source.stem}.rejects.csv"))
        self.reached, self.told_at = 0, time.monotonic()
        try:
            report = import_orders(
                source,
                edition=find_edition(options["edition"]),
                mapping=load_mapping(options["mapping"]),
                rejects=rejects,
                dry_run=dry_run,
                now=timezone.now(),
                progress=self.progress,
            )
        except (BadMapping, BadFile) as problem:
            raise CommandError(str(problem)) from None
        except DatabaseError as error:
            raise CommandError(self.interruption(error)) from error
        self.tell(report, rejects, as_json=options["json"])

    def progress(self, lines: int) -> None:
        self.reached = lines
        if time.monotonic() - self.told_at >= SECONDS_BETWEEN_PROGRESS:
            self.told_at = time.monotonic()
            self.stderr.write(f"{lines:,} lines …", self.style.NOTICE)

    def interruption(self, error: DatabaseError) -> str:
        reason = str(error).strip().partition("\n")[0]
        return f"The database refused after {self.reached:,} lines, which are done; run this again to go on. {reason}"

    def tell(self, report: Report, rejects: Path | None, *, as_json: bool) -> None:
        self.stdout.write(json.dumps(report.as_object()) if as_json else str(report))
        if rejects and report.lines_rejected:
            self.stderr.write(f"The rejected lines are in {rejects}.", self.style.NOTICE)
