"""What surrounds every write: one transaction, and for the history who acted, through which operation and request."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import pghistory
import structlog
from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """Runs the function in a transaction whose history rows carry its name and its `by` argument."""
    return _recorded(function, durable=False)


def durable_operation(function: Callable[P, R]) -> Callable[P, R]:
    """An operation that must be committed when it returns, and so refuses to run inside a transaction."""
    return _recorded(function, durable=True)


def _recorded(function: Callable[P, R], *, durable: bool) -> Callable[P, R]:
    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        actor = getattr(kwargs.get("by"), "pk", None)
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        with (
            pghistory.context(operation=function.__name__, staff_user=actor, request_id=request_id),
            transaction.atomic(durable=durable),
        ):
            return function(*args, **kwargs)

    return run
