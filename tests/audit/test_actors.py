"""Who acted: each way into the product leaves its own name in the audit trail."""

import subprocess
import sys
from typing import Any

import pytest
from django.urls import reverse
from rest_framework_simplejwt.tokens import AccessToken

from editions.models import Edition
from preo.accounts.models import Organization, ServiceToken, StaffUser
from preo.audit.models import AuditEvent
from preo.recording import recorded, surrounded_by
from preo.sessions import name_sessions
from refunds.operations import approve_refund
from tests.backoffice.conftest import Pages, pages, superuser
from tests.documented import DocumentedClient
from tests.factories import NOON, PASSWORD, make_purchase, make_refund, make_token
from tests.kills import MANAGE

__all__ = ["pages", "superuser"]


def manage(*arguments: str, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, str(MANAGE), *arguments], env=environment, check=True, timeout=60)


def newest(kind: str) -> tuple[Any, ...]:
    """Actor, process, operation, staff user and reason of the newest change of such a row."""
    told = ("actor_type", "process", "operation", "staff_user_id", "reason")
    return AuditEvent.objects.filter(object_type=kind).values_list(*told).latest("created")


@pytest.mark.django_db(transaction=True)
def test_a_command_is_recorded_by_its_name(ours: Organization, child_environment: dict[str, str]) -> None:
    options = ["--organization", "ours", "--role", "admin", "--scopes", "all"]

    manage("issue_service_token", *options, environment=child_environment)

    assert newest("accounts.servicetoken") == ("command", "issue_service_token", "issue_service_token", None, "")


@pytest.mark.django_db(transaction=True)
def test_a_command_of_django_is_recorded_by_its_name(child_environment: dict[str, str]) -> None:
    environment = child_environment | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}

    manage("createsuperuser", "--noinput", "--email", "operator@preo.example", environment=environment)

    assert newest("accounts.staffuser") == ("command", "createsuperuser", "", None, "")


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_real_worker_is_recorded_by_its_name(
    edition: Edition, staff: StaffUser, manager: StaffUser, child_environment: dict[str, str]
) -> None:
    refund = make_refund(make_purchase(edition), by=staff)
    approve_refund(refund, by=manager, now=NOON)

    manage("procrastinate", "worker", "--one-shot", "--queues", "refunds", environment=child_environment)

    refund.refresh_from_db()
    assert refund.status == "processed"
    assert newest("refunds.refundrequest") == ("job", "refunds.execute_ready", "record_outcomes", None, "")


@pytest.mark.django_db
def test_a_person_over_the_api_is_recorded_with_the_request_and_its_reason(
    edition: Edition, manager: StaffUser
) -> None:
    client = DocumentedClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(manager)}")

    answer = client.patch(
        f"/v1/editions/{edition.pk}", {"name": "Renamed"}, HTTP_X_REQUEST_ID="ticket-7", HTTP_X_REASON="Misspelt"
    )

    assert answer.status_code == 200
    assert newest("editions.edition") == ("staff_user", "", "update_edition", manager.pk, "Misspelt")
    assert AuditEvent.objects.latest("created").request_id == "ticket-7"


@pytest.mark.django_db
def test_a_service_token_is_recorded_beside_its_robot(ours: Organization, edition: Edition) -> None:
    client = DocumentedClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ours)}")

    assert client.patch(f"/v1/editions/{edition.pk}", {"name": "Renamed"}).status_code == 200

    token = ServiceToken.objects.get()
    assert newest("editions.edition") == ("service_token", "", "update_edition", token.staff_user_id, "")
    assert AuditEvent.objects.latest("created").token_id == token.pk


@pytest.mark.django_db
def test_an_application_is_recorded_where_a_credential_names_one(edition: Edition, manager: StaffUser) -> None:
    manager.application_id = "app-1"  # type: ignore[attr-defined]  # of a credential to come

    with recorded("rename", by=manager):
        Edition.objects.filter(pk=edition.pk).update(name="Renamed")

    assert newest("editions.edition") == ("oauth_application", "", "rename", manager.pk, "")
    assert AuditEvent.objects.latest("created").application_id == "app-1"


@pytest.mark.django_db
def test_a_form_of_the_admin_is_recorded_with_who_sent_it(
    ours: Organization, superuser: StaffUser, pages: Pages
) -> None:
    form = {"name": "Ours & co", "slug": "ours", "merchant_id": "{}"}

    pages(superuser).post(reverse("admin:accounts_organization_change", args=[ours.pk]), form)

    assert newest("accounts.organization")[::3] == ("staff_user", superuser.pk)
    assert AuditEvent.objects.latest("created").request_id.startswith("req_")


@pytest.mark.django_db
def test_a_password_set_in_the_admin_is_recorded_with_who_set_it(
    staff: StaffUser, superuser: StaffUser, pages: Pages
) -> None:
    form = {"usable_password": "true", "password1": "another-good-one", "password2": "another-good-one"}

    pages(superuser).post(reverse("admin:auth_user_password_change", args=[staff.pk]), form)

    assert newest("accounts.staffuser")[::3] == ("staff_user", superuser.pk)
    assert AuditEvent.objects.latest("created").changes["password"] == ["•••", "•••"]


@pytest.mark.django_db
def test_ones_own_password_is_recorded_with_who_changed_it(superuser: StaffUser, pages: Pages) -> None:
    new = {"new_password1": "another-good-one", "new_password2": "another-good-one"}

    pages(superuser).post(reverse("admin:password_change"), {"old_password": PASSWORD, **new})

    assert newest("accounts.staffuser")[:4] == ("staff_user", "", "change_own_password", superuser.pk)


@pytest.mark.django_db
def test_what_is_written_outside_of_everything_tells_the_role_and_the_program(edition: Edition) -> None:
    Edition.objects.filter(pk=edition.pk).update(name="Renamed")

    actor, process, operation, *_ = newest("editions.edition")
    assert (actor, operation) == ("database", "")
    assert process.startswith("preo (")


@pytest.mark.django_db
def test_a_reason_of_the_operation_counts_before_the_one_around_it(edition: Edition) -> None:
    with surrounded_by(reason="The header's"), recorded("rename", reason="The operation's"):
        Edition.objects.filter(pk=edition.pk).update(name="Renamed")

    assert newest("editions.edition")[-1] == "The operation's"


@pytest.mark.django_db
def test_a_job_takes_the_place_of_the_command_that_runs_it(edition: Edition) -> None:
    with surrounded_by(command="procrastinate"), surrounded_by(command=None, job="a.job"), recorded("rename"):
        Edition.objects.filter(pk=edition.pk).update(name="Renamed")

    assert newest("editions.edition")[:2] == ("job", "a.job")


def test_name_sessions_escapes_what_libpq_would_split(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    options: dict[str, str] = {"options": "-c lock_timeout=1s"}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)

    name_sessions("preo odd", command='o d\\d"')

    assert options["application_name"] == "preo odd"
    assert options["options"] == '-c lock_timeout=1s -c preo.acting={"command":"o\\ d\\\\\\\\d\\\\""}'
