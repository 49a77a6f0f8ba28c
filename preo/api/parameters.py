"""Query parameters: what isn't known is refused by name, never ignored."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

PAGING = frozenset({"page", "page_size", "cursor"})
REPEATABLE = frozenset({"ordering"})
EMPTIABLE = frozenset({"cursor"})


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """Raises ValidationError that names every parameter which is unknown, empty or given twice."""
    known = frozenset(known)
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            errors[name] = [ErrorDetail("There is no such parameter here.", code="unknown_parameter")]
        elif len(values) > 1 and name not in REPEATABLE:
            errors[name] = [ErrorDetail("This parameter can be given only once.", code="repeated_parameter")]
        elif name not in EMPTIABLE and not all(value.strip() for value in values):
            errors[name] = [ErrorDetail("Give a value, or leave the parameter out.", code="empty_parameter")]
    if errors:
        raise ValidationError(errors)


def invalid(name: str, code: str, detail: str) -> ValidationError:
    """The error of one parameter."""
    return ValidationError({name: [ErrorDetail(detail, code=code)]})


def is_true(request: Request, name: str) -> bool:
    """A parameter that is `true` or `false`, which it is where it is left out. Raises ValidationError."""
    text = request.query_params.get(name, "false").lower()
    if text not in ("true", "false"):
        raise invalid(name, "invalid", "This must be true or false.")
    return text == "true"


def known_of(view: Any) -> frozenset[str]:
    """The parameters that an action of a viewset takes."""
    if view.action != "list":
        return frozenset(view.action_parameters.get(view.action, ()))
    filters = view.filterset_class.base_filters if view.filterset_class else ()
    return PAGING | {"ordering", view.organization_param_name} | frozenset(filters)
