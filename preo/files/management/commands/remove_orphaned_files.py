"""`manage.py remove_orphaned_files`: delete what no row points to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from preo.files.operations import remove_orphans


class Command(BaseCommand):
    help = (
        "Delete stored images that have had no row for a day: left over by uploads that failed half-way, and by "
        "deletions whose last step did. Prints the key of each. Safe to run at any time, and again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only print the keys")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for key in remove_orphans(now=timezone.now(), is_dry_run=options["dry_run"]):
            self.stdout.write(key)
            count += 1
        self.stdout.write(f"{count} orphaned images {'found' if options['dry_run'] else 'removed'}.")
