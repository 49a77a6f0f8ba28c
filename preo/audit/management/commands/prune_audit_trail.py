"""`manage.py prune_audit_trail`: the oldest part of the audit trail goes."""

import re
import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from preo.accounts.models import StaffUser
from preo.audit.models import AuditEvent
from preo.audit.models.retention import SHORTEST_DAYS
from preo.audit.operations import remove_old_events, require_removable
from preo.errors import DomainError
from preo.reasons import reason_argument


class Command(BaseCommand):
    help = (
        "Remove events of the audit trail that are older than they are kept, in batches that are each committed. What "
        "was removed, by whom and when stays on record. Only the owner of the tables may; events younger than "
        f"{SHORTEST_DAYS} days stay in any case. Safe to kill, and to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        age = parser.add_mutually_exclusive_group()
        kept = settings.AUDIT_TRAIL_DAYS
        age.add_argument("--older-than", type=days, default=timedelta(days=kept), metavar="DAYS", help=_default(kept))
        age.add_argument("--before", type=moment, metavar="DATE", help="such as 2024-01-01: what came before, in UTC")
        parser.add_argument("--by", metavar="EMAIL", help="who answers for it")
        parser.add_argument("--reason", type=reason_argument, default="", help="for the record")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        before = options["before"] or now - options["older_than"]
        try:
            count = _counted(before, now) if options["dry_run"] else self._removed(before, now, options)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        done = "would be removed" if options["dry_run"] else "removed"
        self.stdout.write(f"{count} events from before {before:%Y-%m-%d %H:%M} UTC {done}.")

    def _removed(self, before: datetime, now: datetime, options: dict[str, Any]) -> int:
        count, by = 0, _person(options["by"])
        for count in remove_old_events(before=before, by=by, reason=options["reason"], now=now):
            if sys.stderr.isatty():
                self.stderr.write(f"\r{count} removed", ending="")
        return count


def _default(kept: int) -> str:
    return f"such as 730d (default: {kept}d, from AUDIT_TRAIL_DAYS)"


def _counted(before: datetime, now: datetime) -> int:
    require_removable(before=before, now=now)
    return AuditEvent.objects.filter(created__lt=before).count()


def _person(email: str | None) -> StaffUser | None:
    if not email:
        return None
    found = StaffUser.objects.filter(email__iexact=email, is_active=True, robot_of=None).first()
    if found is None:
        raise CommandError(f"There is no staff user {email}.")
    return found


def days(text: str) -> timedelta:
    if not (found := re.fullmatch(r"(\d{1,5})d?", text, re.ASCII)):
        raise ArgumentTypeError(f"{text!r} is no number of days, such as 730d")
    return timedelta(days=int(found[1]))


def moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date, such as 2024-01-01") from None
