"""`manage.py issue_service_token`: a credential for another system."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from preo.accounts.models import Organization, ServiceToken
from preo.accounts.operations import issue_service_token
from preo.api.roles import Role
from preo.api.scopes import ALL_SCOPES
from preo.errors import InvalidField

ALL = "all"
MAX_DAYS = 3650


class Command(BaseCommand):
    help = "Make a service token of an organization and print it, alone; nothing can show it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--role", required=True, help=f"one of {', '.join(Role.values)}")
        parser.add_argument(
            "--scopes", required=True, help=f"comma-separated, or {ALL}: {', '.join(sorted(ALL_SCOPES))}"
        )
        parser.add_argument("--name", default="Service token", help="what the organization sees it as")
        parser.add_argument("--days", type=int, default=365, help="how long it is valid (default: 365)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            token = issue_service_token(
                _organization(options["organization"]),
                name=_name(options["name"]),
                role=_role(options["role"]),
                scopes=_scopes(options["scopes"]),
                expires_at=now + timedelta(days=_days(options["days"])),
                now=now,
            )
        except InvalidField as problem:
            raise CommandError(problem.detail) from None
        self.stdout.write(token)


def _organization(slug: str) -> Organization:
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise CommandError(f"There is no organization {slug!r}.")
    return organization


def _role(text: str) -> Role:
    if text not in Role.values:
        raise CommandError(f"There is no role {text!r}; the roles are {', '.join(Role.values)}.")
    return Role(text)


def _name(text: str) -> str:
    longest = ServiceToken._meta.get_field("name").max_length or 0
    if len(text) > longest:
        raise CommandError(f"The name is too long: at most {longest} characters.")
    return text


def _scopes(text: str) -> list[str]:
    if text == ALL:
        return sorted(ALL_SCOPES)
    return [scope.strip() for scope in text.split(",") if scope.strip()]


def _days(days: int) -> int:
    if not 1 <= days <= MAX_DAYS:
        raise CommandError(f"A token is valid for 1 to {MAX_DAYS} days.")
    return days
