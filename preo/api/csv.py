"""Tables as CSV over REST: sent while they are read, however long they are."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse

from preo.api.json import JsonRenderer
from preo.spreadsheets import csv_lines

TEXT_CSV = "text/csv"


class CsvRenderer(JsonRenderer):
    """Lets a client ask for CSV by name; what this renders itself is why it gets none."""

    media_type = TEXT_CSV
    format = "csv"


def csv_answer(header: Iterable[str], rows: Iterable[Iterable[object]], *, file_name: str) -> StreamingHttpResponse:
    """One row at a time; see csv_lines for what a cell can hold."""
    answer = StreamingHttpResponse(csv_lines(header, rows), content_type=f"{TEXT_CSV}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
