"""Nothing can alter the audit trail through the application's role, whatever is said on a real connection of it."""

from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from psycopg import errors
from psycopg.sql import SQL, Identifier

from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.audit.application_role import powers_over_trail
from preo.audit.checks import check_role
from preo.audit.models import AuditEvent, PersonalDetail
from preo.audit.privileges import EVERYTHING, privileges_by_table, privileges_on
from preo.recording import recorded, surrounded_by
from tests.application_role import application, application_role, application_url, in_application_role
from tests.factories import make_customer

__all__ = ["application", "application_role", "application_url", "in_application_role"]

pytestmark = pytest.mark.django_db(transaction=True)

RECORD = """audit_record(_action text, _kind text, _organization uuid, _edition uuid, _object uuid, _customer uuid,
    _before jsonb, _after jsonb, _secret text[], _personal text[], _left_out text[], _is_told boolean, _acting jsonb,
    _at timestamptz, _number bigint)"""
REFUSED = {
    "change an event": "UPDATE audit_auditevent SET reason = 'Because'",
    "delete an event": "DELETE FROM audit_auditevent",
    "empty the trail": "TRUNCATE audit_auditevent",
    "add an event": "INSERT INTO audit_auditevent SELECT * FROM audit_auditevent",
    "copy events in": "COPY audit_auditevent FROM STDIN",
    "lock an event": "SELECT FROM audit_auditevent FOR UPDATE",
    "change details": "UPDATE audit_personaldetail SET changes = '{{}}'",
    "add details": "INSERT INTO audit_personaldetail SELECT * FROM audit_personaldetail",
    "empty the details": "TRUNCATE audit_personaldetail",
    "begin a removal": "INSERT INTO audit_auditretention (id, older_than) VALUES (gen_random_uuid(), '2000-01-01')",
    "empty a table past its history": "TRUNCATE editions_edition CASCADE",
    "switch the trail's triggers off": "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
    "switch a history off": "ALTER TABLE editions_edition DISABLE TRIGGER ALL",
    "drop a history": "DROP TRIGGER {history} ON editions_edition",
    "drop its function": "DROP FUNCTION {history}",
    "switch all triggers off": "SET session_replication_role = replica",
    "write the recorder anew": "CREATE OR REPLACE FUNCTION {record} RETURNS void LANGUAGE sql AS ''",
    "write its tools anew": "CREATE OR REPLACE FUNCTION audit_acting() RETURNS jsonb LANGUAGE sql AS ''",
    "call the recorder": "SELECT audit_record('insert', 'editions.edition', NULL, NULL, gen_random_uuid(), NULL,"
    " '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', true)",
    "make a trigger of a history": "CREATE TRIGGER forged AFTER INSERT ON cache EXECUTE FUNCTION {history}()",
    "make a table": "CREATE TABLE orders_forged ()",
    "make a table to be taken for ours": "CREATE TEMPORARY TABLE accounts_erasure (customer_id uuid)",
    "make a schema": "CREATE SCHEMA forged",
    "drop the trail": "DROP TABLE audit_auditevent",
    "become the owner": "SET ROLE {owner}",
    "sign in as the owner": "SET SESSION AUTHORIZATION {owner}",
    "be given the owner": "GRANT {owner} TO {role}",
    "be made a superuser": "ALTER ROLE {role} SUPERUSER",
    "let a program write": "COPY audit_auditevent TO PROGRAM 'true'",
    "change an answer": "UPDATE consents_consentanswer SET state = 'given'",
    "delete from the ledger": "DELETE FROM orders_ledgerentry",
    "change an allocation": "UPDATE refunds_refundallocation SET price_minor = 1",
    "forget a migration": "DELETE FROM django_migrations",
}

OF_THE_OWNER = [
    "UPDATE audit_auditevent SET reason = 'Because'",
    "DELETE FROM audit_auditevent",
    "TRUNCATE audit_auditevent",
    "UPDATE audit_personaldetail SET changes = '{}'",
    "DELETE FROM audit_personaldetail",
    "TRUNCATE audit_personaldetail",
    "DELETE FROM audit_auditretention; TRUNCATE audit_auditretention",
]
EVERY_TRIGGER = "SELECT array_agg(tgname)::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'"


@pytest.fixture
def event(edition: Edition) -> AuditEvent:
    return AuditEvent.objects.get(object_type="editions.edition")


def newest() -> AuditEvent:
    return AuditEvent.objects.filter(object_type="editions.edition").latest("created", "id")


def of_names(statement: str, role: str) -> Any:
    """With the owner, the role, a trigger of the history and the recorder named as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_user, tgname FROM pg_trigger WHERE tgrelid = 'editions_edition'::regclass"
            " AND tgname LIKE 'pgtrigger_history_of_update%'"
        )
        owner, history = cursor.fetchone()
    names = {"owner": Identifier(owner), "history": Identifier(history), "role": Identifier(role)}
    return SQL(statement).format(record=SQL(RECORD), **names)


def test_the_role_is_refused_whatever_alters_the_trail(
    application: psycopg.Connection, application_role: str, event: AuditEvent
) -> None:
    done = [what for what, said in REFUSED.items() if not is_refused(application, of_names(said, application_role))]

    assert done == []
    assert AuditEvent.objects.filter(object_type="editions.edition").get() == event


def is_refused(application: psycopg.Connection, statement: Any) -> bool:
    """For want of a right, and for no other reason."""
    try:
        application.execute(statement)
    except (errors.InsufficientPrivilege, errors.InvalidGrantOperation):
        return True
    return False


def test_the_role_cannot_tell_a_history_to_look_away(application: psycopg.Connection, edition: Edition) -> None:
    application.execute(f"SELECT set_config('pgtrigger.ignore', ({EVERY_TRIGGER}), false)")

    application.execute("UPDATE editions_edition SET name = 'Unseen'")

    assert newest().changes["name"] == ["Camp 2026", "Unseen"]
    assert newest().actor_type == "database"


def test_the_role_can_say_who_acts_but_not_what_was_changed(application: psycopg.Connection, edition: Edition) -> None:
    """It is the application that knows who has signed in, so the database has to believe it that."""
    notes = "SELECT jsonb_build_object(id, %s::jsonb) FROM editions_edition"
    acting = f"jsonb_build_object('command', 'forged', 'notes', ({notes}))"
    hidden = '{"name": ["a", "a"], "slug": ["b", "b"]}'
    application.execute(f"SELECT set_config('preo.acting', {acting}::text, false)", [hidden])

    application.execute("UPDATE editions_edition SET name = 'Unseen'")

    assert (newest().actor_type, newest().process) == ("command", "forged")
    assert newest().changes == {"name": ["Camp 2026", "Unseen"], "slug": ["b", "b"]}


def test_the_role_cannot_make_the_recorder_stumble_unseen(application: psycopg.Connection, edition: Edition) -> None:
    application.execute("SET preo.acting = 'no JSON'")

    with pytest.raises(errors.InvalidTextRepresentation):
        application.execute("UPDATE editions_edition SET name = 'Unseen'")

    assert Edition.objects.get().name == "Camp 2026"


def test_the_role_cannot_lead_triggers_to_other_tables(application: psycopg.Connection, edition: Edition) -> None:
    application.execute("SET search_path = pg_catalog")

    application.execute("UPDATE public.editions_edition SET name = 'Renamed'")

    assert newest().changes["name"] == ["Camp 2026", "Renamed"]


def test_the_role_removes_no_details_of_who_was_not_erased(application: psycopg.Connection, ours: Any) -> None:
    customer = make_customer(ours, email="ida@holm.example")
    with recorded("rename"):
        type(customer).objects.filter(pk=customer.pk).update(full_name="Ida Holm Berg")
    assert PersonalDetail.objects.exists()

    with pytest.raises(errors.RaiseException, match="not before"):
        application.execute("DELETE FROM audit_personaldetail")


def test_the_owner_is_refused_by_triggers(event: AuditEvent, ours: Any) -> None:
    customer = make_customer(ours, email="ida@holm.example")
    type(customer).objects.filter(pk=customer.pk).update(full_name="Ida Holm Berg")
    refusal = r"append-only|stay as they are|not before|never emptied"

    for statement in OF_THE_OWNER:
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match=refusal):
            cursor.execute(f"SELECT set_config('pgtrigger.ignore', ({EVERY_TRIGGER}), true); {statement}")

    assert AuditEvent.objects.filter(pk=event.pk).exists()


def test_powers_name_what_is_wrong_with_a_role(application_role: str) -> None:
    assert powers_over_trail(application_role) == []

    with connection.cursor() as cursor:
        cursor.execute(
            SQL("GRANT UPDATE (reason), DELETE ON audit_auditevent TO {}").format(Identifier(application_role))
        )
    assert powers_over_trail(application_role) == [
        "may DELETE on audit_auditevent",
        "may UPDATE on audit_auditevent",
    ]

    call_command("grant_application_role", application_role, stdout=StringIO())
    assert powers_over_trail(application_role) == []


def test_grant_refuses_a_role_that_could_alter_the_trail_all_the_same(application_role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SQL("ALTER ROLE {} CREATEROLE").format(Identifier(application_role)))
        try:
            with pytest.raises(CommandError, match="may give itself other roles"):
                call_command("grant_application_role", application_role, stdout=StringIO())
        finally:
            cursor.execute(SQL("ALTER ROLE {} NOCREATEROLE").format(Identifier(application_role)))
        with pytest.raises(CommandError, match="is a superuser"):
            call_command("grant_application_role", connection.settings_dict["USER"], stdout=StringIO())


def test_grant_needs_a_role_or_makes_one() -> None:
    with pytest.raises(CommandError, match="--create"):
        call_command("grant_application_role", "nobody_at_all", stdout=StringIO())


def test_grant_prints_what_it_would_send_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREO_APPLICATION_PASSWORD", "open sesame")
    printed = StringIO()

    call_command("grant_application_role", "nobody_at_all", create=True, dry_run=True, stdout=printed)

    said = printed.getvalue()
    assert "sesame" not in said
    assert said.startswith('CREATE ROLE "nobody_at_all" LOGIN NOSUPERUSER')
    assert 'GRANT SELECT ON TABLE "public"."audit_auditevent"' in said


def test_check_warns_the_owner_and_not_the_application(application_role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [found.id for found in check_role(databases=["default"])] == ["audit.W001"]
    assert check_role(databases=None) == []
    with surrounded_by(command="migrate"):
        assert check_role(databases=["default"]) == []


def test_privileges_follow_from_the_models() -> None:
    found = privileges_by_table()

    assert found["orders_order"] == EVERYTHING
    assert found["orders_transaction"] == EVERYTHING
    assert found["orders_ledgerentry"] == found["consents_consentanswer"] == ("SELECT", "INSERT")
    assert found["consents_consentanswerorigin"] == ("SELECT", "INSERT", "DELETE")
    assert found["audit_auditevent"] == found["django_migrations"] == ("SELECT",)
    assert found["audit_personaldetail"] == ("SELECT", "DELETE")
    assert found["cache"] == found["procrastinate_jobs"] == EVERYTHING
    assert privileges_on(StaffUser) == EVERYTHING


@pytest.mark.parametrize("dry_run", [True, False])
def test_grant_by_the_application_itself_says_who_should(
    application_role: str, in_application_role: None, dry_run: bool
) -> None:
    with pytest.raises(CommandError, match=f"^{application_role} doesn't own the audit trail. Run this as the owner"):
        call_command("grant_application_role", application_role, dry_run=dry_run, stdout=StringIO())
