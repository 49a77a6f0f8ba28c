"""`manage.py hear_provider_events`: look at what the payment providers sent."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from refunds.models import ProviderEvent
from refunds.operations.hearing import hear_events

MOST_SHOWN = 20


class Command(BaseCommand):
    help = "Look at the events of payment providers that are due, and list those that are unclear. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help="look at most at so many (default: 1000)")
        parser.add_argument("--dry-run", action="store_true", help="only say how many are due")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            self.stdout.write(f"{ProviderEvent.objects.due(now=now).count()} events are due.")
        else:
            self.stdout.write(f"{hear_events(now=now, limit=options['limit'])} events looked at.")
        self._list_unclear()

    def _list_unclear(self) -> None:
        unclear = ProviderEvent.objects.unclear()
        if count := unclear.count():
            self.stdout.write(f"{count} unclear:")
        for event in unclear.select_related("merchant_account")[:MOST_SHOWN]:
            what = f"{event.get_status_display()}: {event.type} {event.event_id}"
            self.stdout.write(f"  {event.received_at:%Y-%m-%d %H:%M} {event.merchant_account}, {what}: {event.message}")
