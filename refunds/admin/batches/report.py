"""What became of each line of a mass refund, as a spreadsheet."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from preo.spreadsheets import csv_lines
from refunds.batch_report import HEADINGS, rows_of
from refunds.models import RefundBatch


def report_view(page: Any, request: HttpRequest, batch: RefundBatch) -> HttpResponseBase:
    """Streamed as it is read; a download, because a browser shows no table."""
    answer = StreamingHttpResponse(csv_lines(HEADINGS, rows_of(batch)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="mass-refund-{batch.pk}.csv"'
    return answer
