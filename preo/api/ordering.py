"""Ordering of lists: names of the API become columns, and the id always comes last."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from preo.api.parameters import invalid

MAX_TERMS = 5


class OrderingBackend(BaseFilterBackend):
    """Reads `ordering`, repeated or comma-separated, by the viewset's `ordering_columns` (name -> column)."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.action != "list":
            return queryset
        asked = ",".join(request.query_params.getlist("ordering")) or view.default_ordering
        return queryset.order_by(*columns(asked.split(","), view.ordering_columns))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = sorted(view.ordering_columns)
        values = sorted([f"-{name}" for name in names]) + names
        return [
            {
                "name": "ordering",
                "in": "query",
                "description": "Fields to sort by, in turn; `-` in front sorts downwards. Ends with the id by itself.",
                "schema": {"type": "array", "items": {"type": "string", "enum": values}},
                "style": "form",
                "explode": False,
            }
        ]


def columns(terms: list[str], known: dict[str, str]) -> list[str]:
    """order_by() arguments for terms such as `-created`, finished by the id in the last term's direction.

    Raises ValidationError that names the parameter.
    """
    if len(terms) > MAX_TERMS:
        raise invalid("ordering", "too_many", f"At most {MAX_TERMS} fields can be given.")
    found = [_column(term.strip(), known) for term in terms]
    descends = found[-1].startswith("-")
    return [*found, "-id" if descends else "id"]


def _column(term: str, known: dict[str, str]) -> str:
    name = term.removeprefix("-")
    if name not in known:
        raise invalid("ordering", "invalid_choice", f"There is no ordering by {name[:50]!r}.")
    return f"-{known[name]}" if term.startswith("-") else known[name]
