"""`manage.py remove_expired_idempotency_keys`: delete answers that are kept no longer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from preo.idempotency.models import KeptAnswer
from preo.idempotency.operations import remove_expired


class Command(BaseCommand):
    help = (
        "Delete the answers that were kept for requests with an Idempotency-Key and are older than a day. They count "
        "no more even before this. The worker does it every hour. Safe to run at any time, and again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        count = KeptAnswer.objects.expired(now).count() if options["dry_run"] else remove_expired(now=now)
        self.stdout.write(f"{count} expired idempotency keys {'found' if options['dry_run'] else 'removed'}.")
