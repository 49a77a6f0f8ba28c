"""`manage.py erase_customer`: let an organization forget a customer, by two persons."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from preo.accounts.models import Erasure, Organization, StaffUser
from preo.api.roles import Role
from preo.customers.management.finding import find_customer, find_organization, find_person
from preo.customers.operations.erasing import ask_for_erasure, call_off_erasure, carry_out_erasure, preview_erasure
from preo.errors import DomainError, InvalidField
from preo.public_ids import NotAPublicId, parse
from preo.reasons import reason_argument


class Command(BaseCommand):
    help = (
        "Ask that an organization forgets a customer, with --by and --reason; then another person, an admin, carries "
        "it out with --approve, and there is no way back. Names, addresses, where answers came from and what the audit "
        "trail keeps apart are removed; orders, payments, refunds and answers stay as bookkeeping without them. "
        "Refused while refunds or mails are under way. Carried out again, it changes nothing. See docs/customers.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", nargs="?", metavar="usr_…", help="whom to forget")
        parser.add_argument("--organization", required=True, metavar="SLUG", help="its slug, or an id (org_…)")
        parser.add_argument("--by", metavar="EMAIL", help="who asks, a manager; who decides, an admin")
        parser.add_argument(
            "--reason", type=reason_argument, default="", help="why; it stays, so it must not say whom it is about"
        )
        parser.add_argument("--approve", metavar="era_…", help="carry out what somebody else asked for")
        parser.add_argument("--call-off", metavar="era_…", help="let the customer stay")
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what it would touch, and what is in the way"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = find_organization(options["organization"])
        try:
            self.stdout.write(_step_of(options)(organization, options))
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        except InvalidField as problem:
            raise CommandError(f"{problem.field}: {problem.detail}") from None


def _step_of(options: dict[str, Any]) -> Callable[[Organization, dict[str, Any]], str]:
    """The one thing that is asked for. Raises CommandError."""
    named = [name for name in ("customer", "approve", "call_off") if options[name]]
    if len(named) != 1:
        raise CommandError("Name a customer (usr_…), or an erasure with --approve or --call-off (era_…).")
    if options["dry_run"] and named != ["customer"]:
        raise CommandError("A dry run is of a customer (usr_…).")
    if options["dry_run"]:
        return _looked
    return {"customer": _asked, "approve": _approved, "call_off": _called_off}[named[0]]


def _looked(organization: Organization, options: dict[str, Any]) -> str:
    customer = find_customer(options["customer"], organization=organization)
    preview = preview_erasure(customer, organization=organization)
    counts = ", ".join(f"{name}: {count}" for name, count in preview.counts.items())
    obstacles = "".join(f"\nIn the way: {obstacle.detail}" for obstacle in preview.obstacles)
    named = f"\nComments on refunds that name the customer, and stay: {preview.mentions}." if preview.mentions else ""
    return f"Would erase {customer.pk}, and leave without a name {counts}.{named}{obstacles}"


def _asked(organization: Organization, options: dict[str, Any]) -> str:
    customer = find_customer(options["customer"], organization=organization)
    erasure = ask_for_erasure(
        customer,
        organization=organization,
        by=_person(organization, options, role=Role.MANAGER),
        reason=options["reason"],
        now=timezone.now(),
    )
    return f"Asked for {erasure.pk}. Another person, an admin, carries it out with --approve {erasure.pk}."


def _approved(organization: Organization, options: dict[str, Any]) -> str:
    erasure = _erasure(options["approve"], organization)
    by = _person(organization, options, role=Role.ADMIN)
    erasure = carry_out_erasure(erasure, by=by, now=timezone.now())
    return f"{erasure.customer_id} is erased at {organization.slug}."


def _called_off(organization: Organization, options: dict[str, Any]) -> str:
    erasure = _erasure(options["call_off"], organization)
    by = _person(organization, options, role=Role.MANAGER)
    call_off_erasure(erasure, by=by, now=timezone.now())
    return f"{erasure.pk} is called off; the customer stays."


def _person(organization: Organization, options: dict[str, Any], *, role: Role) -> StaffUser:
    if not options["by"]:
        raise CommandError("Say who it is with --by.")
    return find_person(options["by"], organization=organization, role=role)


def _erasure(text: str, organization: Organization) -> Erasure:
    try:
        parse("era", text)
    except NotAPublicId as problem:
        raise CommandError(str(problem)) from None
    found = Erasure.objects.filter(organization=organization, pk=text).first()
    if found is None:
        raise CommandError(f"{organization.slug} has no erasure {text}.")
    return found
