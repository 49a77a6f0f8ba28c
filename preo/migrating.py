"""How a migration changes many triggers at the price of one."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger


class ChangeTriggers(Operation):
    """Does all `changes`, in their order, without building any model anew.

    Each change alone would build its model and all that refer to it, of which the database sees nothing: a model class
    knows of its triggers, but no migration asks it.
    """

    def __init__(self, changes: Sequence[AddTrigger | RemoveTrigger]) -> None:
        self.changes = changes

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        built: Any = state.__dict__.pop("apps", None)
        for change in self.changes:
            change.state_forwards(app_label, state)
        if built is not None:
            state.__dict__["apps"] = built

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for change in self.changes:
            change.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for change in reversed(self.changes):
            change.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(change.describe() for change in self.changes)
