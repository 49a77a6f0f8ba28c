"""Every table keeps its history in the audit trail, by triggers that nobody can tell to look away; or says why not."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

APPS = ("preo", "editions", "consents", "orders", "refunds")
OF_ROWS = {"history_of_insert", "history_of_update", "history_of_delete"}
OF_LINKS = {"history_of_insert", "history_of_delete"}

DECIDES_NOTHING = "Django's groups and permissions decide nothing here, and no page shows them"
WITHOUT = {
    "accounts_staffuser_groups": DECIDES_NOTHING,
    "accounts_staffuser_user_permissions": DECIDES_NOTHING,
    "audit_auditevent": "it is the trail",
    "audit_personaldetail": "it is part of the trail",
    "consents_consentanswerorigin": "personal alone, so that an erasure ends it; the answer is recorded",
    "editions_healthchange": "written by the healthcheck alone, a row for each change: a history itself",
    "idempotency_keptanswer": "copies of answers, which go by themselves within a day",
    "orders_ledgerentry": "append-only: a history itself",
    "payments_sandboxrefund": "the books of a provider that is played",
    "refunds_providerevent": "what providers said, kept raw and unchangeable; who set one aside stands in its message",
    "refunds_refundallocation": "frozen when it is made, with its refund, which is recorded",
    "refunds_refundattempt": "what was asked of a provider; its refund's moves are recorded",
    "refunds_refundbatchitem": "lines by the ten thousand; the mass refund and each refund of a line are recorded",
    "refunds_refundday": "a count for the daily limit; the refunds counted are recorded",
    "webhooks_outboxevent": "append-only: what subscribers are told of rows that are recorded",
}
"""Tables without a history of their own, and why."""

TAKEN = {"row"}
"""What the triggers call what they look at; a column of that name would be taken for it."""


def models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model.__module__.split(".")[0] in APPS]


def histories() -> dict[str, set[str]]:
    """By table: links are declared on a model of their own that shares the table."""
    found: dict[str, set[str]] = {}
    for model in models():
        names = {trigger.name for trigger in getattr(model._meta, "triggers", [])}
        found.setdefault(model._meta.db_table, set()).update(names & OF_ROWS)
    return found


def needed(table: str) -> set[str]:
    links = {field.remote_field.through._meta.db_table for model in models() for field in model._meta.many_to_many}
    return OF_LINKS if table in links else OF_ROWS


def test_every_table_keeps_its_history_or_says_why_not() -> None:
    without = {table for table, kept in histories().items() if not needed(table) <= kept}

    assert without == WITHOUT.keys()


def test_no_recorded_column_is_called_as_the_triggers_call_their_row() -> None:
    recorded = {table for table, kept in histories().items() if kept}
    columns = [(model._meta.db_table, field.column) for model in models() for field in model._meta.concrete_fields]

    assert [(table, name) for table, name in columns if table in recorded and name in TAKEN] == []


@pytest.mark.django_db
def test_the_database_has_every_history_and_nobody_can_tell_it_to_look_away() -> None:
    """Enabled, as functions of the tables' owner, on names that are its own, without the library's way around them."""
    expected = {(table, name) for table, kept in histories().items() for name in kept}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relname, substring(tgname FROM 'pgtrigger_(history_of_[a-z]+)_')
            FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
            WHERE tgenabled IN ('O', 'A') AND prosecdef AND proowner = relowner
                AND (tgqual IS NULL
                    OR pg_get_triggerdef(pg_trigger.oid) LIKE '%% WHEN ((old.* IS DISTINCT FROM new.*)) %%')
                AND proconfig = ARRAY['search_path=public, pg_temp'] AND prosrc NOT LIKE '%%ignore%%'
                AND prosrc LIKE '%%audit_record%%'
            """
        )
        found = set(cursor.fetchall())

    assert found == expected
