"""Pages of a list: by number with a count, or by cursor at constant cost without one."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from preo.api import keyset
from preo.api.errors import ParameterNotFound
from preo.api.parameters import invalid

TOO_FEW_PAGES = "The list has fewer pages."
LONGEST_PAGE_NUMBER = 18
"""Digits; no list is that long, and Python refuses to read much longer numbers."""


class Pagination(PageNumberPagination):
    """`{count, next, previous, results}`; with `cursor` (empty to start) the count is null."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    cursor_query_param = "cursor"
    _links: tuple[str | None, str | None] | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        if self.cursor_query_param in request.query_params:
            return self._walk(queryset, request)
        number = request.query_params.get(self.page_query_param, "1")
        if not (number.isascii() and number.isdigit() and number.strip("0")):
            raise invalid(self.page_query_param, "invalid", "This must be a whole number from 1.")
        if len(number) > LONGEST_PAGE_NUMBER:
            raise ParameterNotFound(self.page_query_param, TOO_FEW_PAGES)
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound:
            raise ParameterNotFound(self.page_query_param, TOO_FEW_PAGES) from None

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not _is_whole(text, most=self.max_page_size):
            detail = f"This must be a whole number from 1 to {self.max_page_size}."
            raise invalid(self.page_size_query_param, "invalid", detail)
        return int(text)

    def get_paginated_response(self, data: Any) -> Response:
        if self._links is None:
            return super().get_paginated_response(data)
        following, previous = self._links
        return Response({"count": None, "next": following, "previous": previous, "results": data})

    def _walk(self, queryset: QuerySet[Any], request: Request) -> list[Any]:
        if self.page_query_param in request.query_params:
            raise invalid(self.page_query_param, "not_with_cursor", "Give either a page or a cursor.")
        ordering = [str(term) for term in queryset.query.order_by]
        cursor = self._cursor(request, ordering, kind=queryset.model._meta.label)
        rows, has_more = keyset.page(queryset, cursor, self.get_page_size(request))
        self._links = self._links_around(rows, cursor, ordering, has_more=has_more, request=request)
        return rows

    def _cursor(self, request: Request, ordering: list[str], *, kind: str) -> keyset.Cursor | None:
        text = request.query_params[self.cursor_query_param]
        try:
            return keyset.Cursor.loads(text, kind=kind, ordering=ordering) if text else None
        except keyset.BadCursor as problem:
            raise invalid(self.cursor_query_param, "invalid", str(problem)) from None

    def _links_around(
        self, rows: list[Any], cursor: keyset.Cursor | None, ordering: list[str], *, has_more: bool, request: Request
    ) -> tuple[str | None, str | None]:
        backwards = cursor is not None and cursor.backwards
        url = remove_query_param(request.build_absolute_uri(), self.page_query_param)

        def link(row: Any, *, to_previous: bool) -> str:
            place = keyset.Cursor.beside(row, ordering, backwards=to_previous)
            return str(replace_query_param(url, self.cursor_query_param, place.dumps(kind=row._meta.label)))

        goes_on = rows and (has_more or backwards)
        came_from = rows and (cursor is not None) and (has_more or not backwards)
        return (
            link(rows[-1], to_previous=False) if goes_on else None,
            link(rows[0], to_previous=True) if came_from else None,
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": ["integer", "null"], "description": "All rows of the list; null with `cursor`."},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {
            "name": self.cursor_query_param,
            "in": "query",
            "description": "Walks the list at constant cost, without a count: empty to start, then as `next` has it.",
            "schema": {"type": "string"},
            "allowEmptyValue": True,
        }
        return [*super().get_schema_operation_parameters(view), cursor]


def _is_whole(text: str, *, most: int) -> bool:
    """Whether the text is a whole number from 1 to `most`, in plain digits."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most
