"""`manage.py merge_customers`: let all that an organization has of a duplicate be another customer's."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from preo.api.roles import Role
from preo.customers.comparing import MergePreview
from preo.customers.management.finding import find_customer, find_organization, find_person
from preo.customers.operations.merging import merge_customers, preview_merge
from preo.errors import DomainError
from preo.reasons import reason_argument


class Command(BaseCommand):
    help = (
        "Merge a duplicate into the customer to keep, in one organization: orders, carts and answers to consents move, "
        "counts and sums are added up, and imports that meet the duplicate find the kept customer. There is no way "
        "back. Run again, it refuses. Nothing of other organizations moves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keep", metavar="KEEP", help="the id (usr_…) of the customer to keep")
        parser.add_argument("duplicate", metavar="DUPLICATE", help="the id (usr_…) of the other")
        parser.add_argument("--organization", required=True, metavar="SLUG", help="its slug, or an id (org_…)")
        parser.add_argument("--by", metavar="EMAIL", help="who merges them, a manager; not needed for a dry run")
        parser.add_argument(
            "--reason", type=reason_argument, default="", help="why they are one; not needed for a dry run"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would move")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            merged = _merged(options)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write("\n".join(told(merged, is_dry=options["dry_run"])))


def told(merged: MergePreview, *, is_dry: bool) -> Iterator[str]:
    """What moves or moved, a line each."""
    counts = ", ".join(f"{name}: {count}" for name, count in merged.counts.items())
    does = "Would merge" if is_dry else "Merged"
    yield f"{does} {merged.duplicate_id} into {merged.keep_id}: {counts}."
    if merged.spent:
        yield f"Spent: {', '.join(map(str, merged.spent))}."
    for each in merged.differences:
        kept = f"becomes {each.becomes!r}" if each.is_taken_over else f"stays {each.kept!r}"
        yield f"{each.name}: {kept}; the duplicate has {each.duplicate!r}."
    for consent in merged.consents:
        answers = f"{consent.kept or 'no answer'} and {consent.duplicate or 'no answer'}"
        yield f"Consent {consent.title!r}: {answers}; {consent.holds} holds."


def _merged(options: dict[str, Any]) -> MergePreview:
    organization = find_organization(options["organization"])
    keep, duplicate = (find_customer(options[name], organization=organization) for name in ("keep", "duplicate"))
    if options["dry_run"]:
        return preview_merge(keep, duplicate, organization=organization)
    if not (options["by"] and options["reason"]):
        raise CommandError("Say who merges them with --by, and why with --reason; or only look with --dry-run.")
    return merge_customers(
        keep,
        duplicate,
        organization=organization,
        by=find_person(options["by"], organization=organization, role=Role.MANAGER),
        reason=options["reason"],
        now=timezone.now(),
    )
