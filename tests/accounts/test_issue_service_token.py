"""The command that makes service tokens, as an operator runs it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from preo.accounts.models import Organization, ServiceToken
from preo.accounts.operations import digest_of
from preo.api.scopes import ALL_SCOPES


def issue(**options: object) -> str:
    """What the command prints."""
    printed = StringIO()
    defaults = {"organization": "ours", "role": "manager", "scopes": "orders:read,refunds:write"}
    call_command("issue_service_token", stdout=printed, **(defaults | options))
    return printed.getvalue()


def test_issue_service_token_prints_the_token_alone(ours: Organization) -> None:
    printed = issue()

    token = ServiceToken.objects.get()
    assert digest_of(printed.removesuffix("\n")) == token.digest
    assert (token.organization, token.role) == (ours, "manager")
    assert token.scopes == ["orders:read", "refunds:write"]


def test_issue_service_token_gives_every_scope_for_all(ours: Organization) -> None:
    issue(scopes="all")

    assert ServiceToken.objects.get().scopes == sorted(ALL_SCOPES)


def test_issue_service_token_takes_a_name_and_a_number_of_days(ours: Organization) -> None:
    issue(name="Warehouse", days=2)

    token = ServiceToken.objects.get()
    assert token.name == "Warehouse"
    assert abs(token.expires_at - timezone.now() - timedelta(days=2)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"organization": "nowhere"}, "There is no organization 'nowhere'."),
        ({"role": "owner"}, "There is no role 'owner'; the roles are admin, manager, staff, guest."),
        ({"scopes": "orders:read,moon:walk"}, "There is no scope moon:walk."),
        ({"scopes": " , "}, "A token needs at least one scope."),
        ({"days": 0}, "A token is valid for 1 to 3650 days."),
        ({"days": 10**9}, "A token is valid for 1 to 3650 days."),
        ({"name": "x" * 101}, "The name is too long: at most 100 characters."),
    ],
)
def test_issue_service_token_refuses_in_one_sentence(
    ours: Organization, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        issue(**options)

    assert str(refusal.value) == sentence
    assert not ServiceToken.objects.exists()
