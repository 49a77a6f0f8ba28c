"""Answers that are tables: CSV, sent line by line as it is made."""

from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

from preo.api.json import JsonRenderer, dumps

CSV = "text/csv"


class CsvRenderer(BaseRenderer):
    """Lets a caller ask for CSV; a refusal is a problem document even so."""

    media_type = CSV
    format = "csv"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else dumps(data)


TABLE_RENDERERS = [CsvRenderer, JsonRenderer]


def csv_answer(lines: Iterable[str], *, name: str) -> StreamingHttpResponse:
    """A download under a file name of our own making; no line is held back until the whole table is made."""
    pieces = (line.encode() for line in lines)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(pieces, content_type=f"{CSV}; charset=utf-8", headers=headers)
