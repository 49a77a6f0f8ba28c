"""That a customer was erased, or their data taken out, stays on record: also where no operation is asked."""

from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection
from psycopg import errors

from preo.accounts.models import CustomerExport, Erasure, Organization, StaffUser
from preo.accounts.states import ErasureStatus
from tests.application_role import application, application_role, application_url
from tests.factories import NOON, make_customer

__all__ = ["application", "application_role", "application_url"]

pytestmark = pytest.mark.django_db(transaction=True)

SHA256, OTHER_SHA256 = "a" * 64, "b" * 64
EVERY_TRIGGER = "SELECT array_agg(tgname)::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'"
WITHOUT_RIGHT = [
    "DELETE FROM accounts_erasure",
    "TRUNCATE accounts_erasure",
    "DELETE FROM accounts_customerexport",
    "TRUNCATE accounts_customerexport",
]
STAYS = [
    "UPDATE accounts_erasure SET status = 'asked', decided_by_id = NULL, decided_at = NULL",
    "UPDATE accounts_erasure SET decided_at = now()",
    "UPDATE accounts_erasure SET reason = 'Because'",
    f"UPDATE accounts_customerexport SET sha256 = '{OTHER_SHA256}'",
    "UPDATE accounts_customerexport SET sha256 = ''",
    "UPDATE accounts_customerexport SET customer_id = gen_random_uuid()",
    "UPDATE accounts_customerexport SET created = now()",
    "UPDATE accounts_customerexport SET exported_by_id = NULL",
]


@pytest.fixture
def done(ours: Organization, manager: StaffUser, admin: StaffUser) -> Erasure:
    decided: dict[str, Any] = {"status": ErasureStatus.DONE, "decided_by": admin, "decided_at": NOON}
    return Erasure.objects.create(
        organization=ours, customer_id=make_customer(ours).pk, reason="By letter", asked_by=manager, **decided
    )


@pytest.fixture
def taken_out(ours: Organization, manager: StaffUser) -> CustomerExport:
    return begun(ours, manager, sha256=SHA256)


def begun(organization: Organization, by: StaffUser, **values: Any) -> CustomerExport:
    customer = make_customer(organization)
    return CustomerExport.objects.create(organization=organization, customer_id=customer.pk, exported_by=by, **values)


def look_away(application: psycopg.Connection) -> None:
    """As the library's own triggers would."""
    application.execute(f"SELECT set_config('pgtrigger.ignore', ({EVERY_TRIGGER}), false)")


def test_the_application_takes_neither_erasures_nor_exports_off_the_record(
    application: psycopg.Connection, done: Erasure, taken_out: CustomerExport
) -> None:
    for statement in WITHOUT_RIGHT:
        with pytest.raises(errors.InsufficientPrivilege):
            application.execute(statement)

    assert (Erasure.objects.get(), CustomerExport.objects.get()) == (done, taken_out)


@pytest.mark.parametrize("statement", STAYS)
def test_the_application_changes_nothing_of_what_was_decided_or_taken_out(
    application: psycopg.Connection, done: Erasure, taken_out: CustomerExport, statement: str
) -> None:
    look_away(application)

    with pytest.raises(errors.RaiseException, match="stays"):
        application.execute(statement)


def test_the_owner_takes_nothing_off_the_record_either(done: Erasure, taken_out: CustomerExport) -> None:
    for statement in WITHOUT_RIGHT:
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match=r"stay as they are|never emptied"):
            cursor.execute(statement)

    assert (Erasure.objects.get(), CustomerExport.objects.get()) == (done, taken_out)


def test_an_export_gets_its_sha256_once_and_a_whole_one(
    application: psycopg.Connection, ours: Organization, manager: StaffUser
) -> None:
    export = begun(ours, manager)
    complete = "UPDATE accounts_customerexport SET sha256 = %s, modified = now()"
    for wrong in ("", "abc", "A" * 64):
        with pytest.raises(errors.RaiseException, match="once"):
            application.execute(complete, [wrong])

    application.execute(complete, [SHA256])

    export.refresh_from_db()
    assert export.sha256 == SHA256
