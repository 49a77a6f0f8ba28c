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

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        actor = getattr(kwargs.get("by"), "pk", None)
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        with (
            pghistory.context(operation=function.__name__, staff_user=actor, request_id=request_id),
            transaction.atomic(),
        ):
            return function(*args, **kwargs)

    return run
