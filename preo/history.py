"""Which tables the database itself keeps a history of: the row as it was before each change."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def keep_history(*, exclude: list[str] | None = None) -> Callable[[M], M]:
    """Triggers write the old row on update and delete; a table filled by the million pays nothing on insert."""
    decorate: Any = pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(row=pghistory.Old), exclude=exclude
    )
    return decorate  # type: ignore[no-any-return]  # the library's decorator is untyped
