"""`manage.py verify_ledger`: prove that the books are what their ledger says."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.models import LedgerEntry
from refunds.proof import Difference, differences


class Command(BaseCommand):
    help = "Work out every paid, reserved and refunded sum anew from the ledger; says OK or names each difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for line in _lines(differences(), as_json=options["format"] == "json"):
            self.stdout.write(line)
            found += 1
        if found:
            raise CommandError(f"{found} differences between the books and the ledger.")
        if options["format"] == "text":
            self.stdout.write(f"OK: the books are what {LedgerEntry.objects.count()} entries come to.")


def _lines(found: Iterator[Difference], *, as_json: bool) -> Iterator[str]:
    return (json.dumps(asdict(difference)) if as_json else str(difference) for difference in found)
