"""`manage.py process_refunds`: carry out what is ready."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from refunds.models import RefundRequest
from refunds.operations import execute_ready


class Command(BaseCommand):
    help = "Send approved refunds to their payment providers, as the worker does. Safe to run beside it, and again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help="send at most so many (default: 1000)")
        parser.add_argument("--dry-run", action="store_true", help="only say how many are ready")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self.stdout.write(f"{RefundRequest.objects.ready().count()} refunds are ready.")
            return
        sent = execute_ready(now=timezone.now(), limit=options["limit"], concurrency=settings.REFUND_CONCURRENCY)
        self.stdout.write(f"{sent} refunds sent.")
