"""The refunds of a list in the back office as a table for bookkeeping."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect

from preo.api.tables import csv_answer
from refunds.exporting import export_lines


def export(page: Any, request: HttpRequest) -> HttpResponseBase:
    """Everything that the list has under the same address, in its order, on however many pages."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    try:
        changelist = page.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return redirect("admin:refunds_refundrequest_changelist")
    return csv_answer(export_lines(changelist.queryset), name="refunds.csv")
