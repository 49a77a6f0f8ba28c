"""What surrounds every write: one transaction, in which the database knows who acts, through what and why."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import connection, transaction
from django.db.models import Model

from preo.public_ids import decode

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_NOTE = 500
LONGEST_REASON = 500
SETTING = "preo.acting"
"""What the triggers of the audit trail read, for the length of a transaction."""

_surroundings: ContextVar[dict[str, Any]] = ContextVar("_surroundings", default={})  # noqa: B039  # never changed in place
_acting: ContextVar[dict[str, Any] | None] = ContextVar("_acting", default=None)


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """Runs the function in a transaction whose changes carry its name, its `by` and its `reason`."""
    return _recorded(function, durable=False)


def durable_operation(function: Callable[P, R]) -> Callable[P, R]:
    """An operation that must be committed when it returns, and so refuses to run inside a transaction."""
    return _recorded(function, durable=True)


@contextmanager
def surrounded_by(**facts: Any) -> Iterator[None]:
    """Every operation within is recorded with these too: `command` or `job`, and a `reason` where none is given."""
    before = _surroundings.set(_surroundings.get() | facts)
    try:
        yield
    finally:
        _surroundings.reset(before)


def command_at_work() -> str:
    """The command of `manage.py` that this is part of; empty within a job, a request or a test."""
    return str(_surroundings.get().get("command") or "")


@contextmanager
def recorded(name: str, *, by: Any = None, reason: str = "", durable: bool = False) -> Iterator[None]:
    """A transaction whose changes carry this name. One inside another is a step of it and keeps the outer one's."""
    with transaction.atomic(durable=durable):
        if _acting.get() is not None:
            yield
            return
        inside = _acting.set(_facts(name, by=by, reason=reason))
        try:
            _tell_database()
            yield
        finally:
            _acting.reset(inside)


def note(row: Model, *, name: str, before: str = "", after: str) -> None:
    """Let the history say of the row what none of its columns does, such as what it is linked to. Never a secret.

    It is kept with the next change of the row, so this comes before the row is saved, and within an operation.
    """
    acting = _acting.get()
    if acting is None:
        raise RuntimeError("A note belongs in an operation.")
    of_row = acting.setdefault("notes", {}).setdefault(str(decode(str(row.pk))[1]), {})
    of_row[name] = [before[:LONGEST_NOTE], after[:LONGEST_NOTE]]
    _tell_database()


def seen_only_by(organization_ids: list[str]) -> None:
    """Of a row that organizations share, let only these know who changed it. Within an operation."""
    acting = _acting.get()
    if acting is None:
        raise RuntimeError("This belongs in an operation.")
    acting["organizations"] = [str(decode(key)[1]) for key in organization_ids]
    _tell_database()


def _recorded(function: Callable[P, R], *, durable: bool) -> Callable[P, R]:
    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        reason = str(kwargs.get("reason") or "")
        with recorded(function.__name__, by=kwargs.get("by"), reason=reason, durable=durable):
            return function(*args, **kwargs)

    return run


def _facts(name: str, *, by: Any, reason: str) -> dict[str, Any]:
    around = _surroundings.get()
    token = getattr(by, "token", None)
    facts = {
        "operation": name,
        "staff_user": str(decode(by.pk)[1]) if by is not None else None,
        "token": str(decode(token.pk)[1]) if token else None,
        # Of credentials that an application acts with in place of a person.
        "application": getattr(by, "application_id", None),
        "command": around.get("command"),
        "job": around.get("job"),
        "reason": (reason or str(around.get("reason") or ""))[:LONGEST_REASON],
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
    return {key: value for key, value in facts.items() if value}


def _tell_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, json.dumps(_acting.get())])
