"""Many triggers changed by one operation of a migration."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from pgtrigger.migrations import RemoveTrigger

from preo.migrating import ChangeTriggers

NAMES = {"history_of_delete", "history_of_insert", "history_of_update", "refund_batch_moves_as_it_may"}

pytestmark = pytest.mark.django_db


def triggers() -> set[str]:
    """Those that keep the history of mass refunds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substring(tgname, 'pgtrigger_(.*)_[^_]+$') FROM pg_trigger"
            " WHERE tgrelid = 'refunds_refundbatch'::regclass AND NOT tgisinternal"
        )
        return {name for (name,) in cursor.fetchall()}


def test_change_triggers_goes_forwards_and_backwards_and_builds_no_model_anew() -> None:
    change = ChangeTriggers([RemoveTrigger(model_name="refundbatch", name=name) for name in sorted(NAMES)])
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    model = after.apps.get_model("refunds", "refundbatch")
    assert triggers() == NAMES

    change.state_forwards("refunds", after)
    with connection.schema_editor() as editor:
        change.database_forwards("refunds", editor, before, after)
    assert triggers() == set()
    assert after.models["refunds", "refundbatch"].options["triggers"] == []
    assert after.apps.get_model("refunds", "refundbatch") is model

    with connection.schema_editor() as editor:
        change.database_backwards("refunds", editor, after, before)
    assert triggers() == NAMES
    assert "history_of_update" in change.describe()
