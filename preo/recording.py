"""What surrounds every write: one transaction, and for the history who acted, through which operation and request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

import pghistory
import structlog
from django.db import transaction
from django.db.models import Model

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_NOTE = 500

_is_inside = ContextVar("_is_inside", default=False)
_notes: ContextVar[dict[str, dict[str, list[str]]]] = ContextVar("_notes")


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """Runs the function in a transaction whose history rows carry its name and its `by` argument."""
    return _recorded(function, durable=False)


def durable_operation(function: Callable[P, R]) -> Callable[P, R]:
    """An operation that must be committed when it returns, and so refuses to run inside a transaction."""
    return _recorded(function, durable=True)


def note(row: Model, *, name: str, before: str = "", after: str) -> None:
    """Let the history say of the row what none of its columns does, such as what it is linked to. Never a secret.

    It is kept with the next change of the row, so this comes before the row is saved, and within an operation.
    """
    notes = _notes.get()
    notes.setdefault(str(row.pk), {})[name] = [before[:LONGEST_NOTE], after[:LONGEST_NOTE]]
    pghistory.context(notes=notes)


def _recorded(function: Callable[P, R], *, durable: bool) -> Callable[P, R]:
    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with _context(function.__name__, by=kwargs.get("by")), transaction.atomic(durable=durable):
            return function(*args, **kwargs)

    return run


@contextmanager
def _context(name: str, *, by: object) -> Iterator[None]:
    """The history's context. An operation inside another is a step of it and keeps the outer one's name."""
    if _is_inside.get():
        yield
        return
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    inside, notes = _is_inside.set(True), _notes.set({})
    try:
        with pghistory.context(operation=name, staff_user=getattr(by, "pk", None), request_id=request_id):
            yield
    finally:
        _is_inside.reset(inside)
        _notes.reset(notes)
