"""`manage.py duplicate_edition`: copy an edition with everything that is set up for it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from editions.choices import EmailTemplateMode
from editions.management.finding import find_edition
from editions.models import Edition, Event
from editions.operations.duplicate import duplicate_edition, preview_duplicate
from preo.errors import InvalidField


class Command(BaseCommand):
    help = (
        "Copy an edition with its products, pickup points, vendors, coupons, triggers, messages, passes and consents, "
        "as a draft. Orders stay behind, triggers are off, consents are drafts. Run again, it makes another copy; with "
        "--slug it refuses instead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", metavar="ORGANIZATION/EDITION", help="the slugs of both, or an id (edt_…)")
        parser.add_argument("--name", required=True, help="what the copy is called")
        parser.add_argument("--slug", default="", help="by default made from the name")
        parser.add_argument("--event", metavar="evt_…", help="the event it is a run of; by default none")
        parser.add_argument("--share-emails", action="store_true", help="use the same e-mail messages, copy none")
        parser.add_argument("--with-memberships", action="store_true", help="take roles on the edition along")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = find_edition(options["edition"])
        asked = {
            "name": options["name"],
            "slug": options["slug"],
            "event": _event(options["event"], edition),
            "email_template_mode": EmailTemplateMode.SHARE if options["share_emails"] else EmailTemplateMode.COPY,
            "with_memberships": options["with_memberships"],
        }
        try:
            self.stdout.write(_duplicated(edition, asked, is_dry=options["dry_run"]))
        except InvalidField as problem:
            raise CommandError(f"{problem.field}: {problem.detail}") from None


def _duplicated(edition: Edition, asked: dict[str, Any], *, is_dry: bool) -> str:
    """What was, or would be, copied, in one line. Raises InvalidField."""
    counts = preview_duplicate(edition, **asked)
    told = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())
    if is_dry:
        return f"Would copy {told}."
    copy = duplicate_edition(edition, **asked, by=None, now=timezone.now())
    return f"{edition.organization.slug}/{copy.slug} ({copy.pk}): {told}."


def _event(text: str | None, edition: Edition) -> Event | None:
    if text is None:
        return None
    found = {event.pk: event for event in Event.objects.filter(organization=edition.organization)}.get(text)
    if found is None:
        raise CommandError(f"There is no event {text!r} of this organization.")
    return found
