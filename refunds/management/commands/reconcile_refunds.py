"""`manage.py reconcile_refunds`: ask the providers about what is unknown."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from refunds.models import RefundAttempt
from refunds.operations import reconcile


class Command(BaseCommand):
    help = "Record late outcomes and ask the payment providers about refunds whose outcome is unknown. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help="look at most at so many (default: 1000)")
        parser.add_argument("--dry-run", action="store_true", help="only say how many would be asked about")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            self.stdout.write(f"{RefundAttempt.objects.to_ask_about(now=now).count()} refunds are to be asked about.")
            return
        looked_at = reconcile(now=now, limit=options["limit"], concurrency=settings.REFUND_CONCURRENCY)
        self.stdout.write(f"{looked_at} refunds looked at.")
