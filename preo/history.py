"""Which tables the database itself keeps a history of: the row as it was before each change."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def keep_history(*, exclude: list[str] | None = None, of_inserts: bool = False) -> Callable[[M], M]:
    """Triggers write the old row on update and delete; a table filled by the million pays nothing on insert.

    With `of_inserts` the new row is written too, which tells who added it.
    """
    trackers: list[Any] = [pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(row=pghistory.Old)]
    if of_inserts:
        trackers.insert(0, pghistory.InsertEvent())
    decorate: Any = pghistory.track(*trackers, exclude=exclude)
    return decorate  # type: ignore[no-any-return]  # the library's decorator is untyped
