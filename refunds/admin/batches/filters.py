"""What the list of mass refunds shows, and the refunds of one of them in the queue."""

from enum import StrEnum
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from preo.api.roles import Role
from preo.public_ids import NotAPublicId, parse
from refunds.models import RefundBatch, RefundBatchItem, RefundRequest
from refunds.states import BatchStatus, ItemState

PARAMETER = "show"


class Shown(StrEnum):
    ALL = "all"
    WAITING = "waiting"
    UNDER_WAY = "under_way"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


LABELS = {
    Shown.ALL: "All",
    Shown.WAITING: "Waiting for approval",
    Shown.UNDER_WAY: "Under way",
    Shown.COMPLETED: "Completed",
    Shown.CANCELLED: "Cancelled",
}

STATUSES = {
    Shown.ALL: list(BatchStatus),
    Shown.WAITING: [BatchStatus.PLANNED],
    Shown.UNDER_WAY: [BatchStatus.PLANNING, BatchStatus.RUNNING, BatchStatus.PAUSED],
    Shown.COMPLETED: [BatchStatus.COMPLETED],
    Shown.CANCELLED: [BatchStatus.CANCELLED],
}


NOT_EMPTY = ~Q(status=BatchStatus.PLANNED) | Q(
    Exists(RefundBatchItem.objects.filter(batch=OuterRef("pk"), state=ItemState.PLANNED))
)
"""All but plans that nobody can approve, because there is nothing in them."""


class BatchFilter(SimpleListFilter):
    """Tabs above the list, everything by default: there are few mass refunds."""

    title = "mass refunds"
    parameter_name = PARAMETER
    template = "backoffice/nothing.html"
    is_tabs = True

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        asked = request.GET.get(PARAMETER)
        self.shown = Shown(asked) if asked in LABELS else Shown.ALL

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(choice.value, label) for choice, label in LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RefundBatch]) -> QuerySet[RefundBatch]:
        rows = queryset.filter(status__in=STATUSES[self.shown])
        return rows.filter(NOT_EMPTY) if self.shown == Shown.WAITING else rows

    def choices(self, changelist: ChangeList) -> Any:
        for choice, label in LABELS.items():
            yield {
                "selected": choice == self.shown,
                "query_string": changelist.get_query_string({PARAMETER: choice.value}),
                "display": label,
            }


class OfBatchFilter(SimpleListFilter):
    """Refunds of the mass refund that the address names; offered nowhere, because its page leads here."""

    title = "mass refund"
    parameter_name = "batch"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name)
        if not asked:
            return []
        found = self._named(asked, request.user)
        return [(asked, str(found) if found else "Unknown")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> QuerySet[RefundRequest]:
        asked = self.value()
        if not asked:
            return queryset
        return queryset.filter(batch=asked) if _is_id(asked) else queryset.none()

    def _named(self, asked: str, user: Any) -> RefundBatch | None:
        rows = RefundBatch.objects.visible_to(user, role=Role.STAFF).with_people()
        return rows.filter(pk=asked).first() if _is_id(asked) else None


def _is_id(text: str) -> bool:
    try:
        parse("rfb", text)
    except NotAPublicId:
        return False
    return True
