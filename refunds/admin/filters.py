"""What the refund queue shows: by whom it waits for, and by where it is in its life."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from preo.api.roles import Role
from preo.backoffice.scoped_admin import holds_anywhere
from refunds.limits import within_ceiling_of
from refunds.models import RefundRequest
from refunds.models.requests import RefundQuerySet
from refunds.states import RefundStatus

PARAMETER = "show"


class Shown(StrEnum):
    MINE = "mine"
    WAITING = "waiting"
    UNDER_WAY = "under_way"
    BY_HAND = "by_hand"
    FAILED = "failed"
    FAILED_LATE = "failed_late"
    PROCESSED = "processed"
    REJECTED = "rejected"
    INVALID = "invalid"
    ALL = "all"


LABELS = {
    Shown.MINE: "Waiting for me",
    Shown.WAITING: "Waiting for anyone",
    Shown.UNDER_WAY: "Under way",
    Shown.BY_HAND: "To be paid by hand",
    Shown.FAILED: "Failed",
    Shown.FAILED_LATE: "Paid and came back",
    Shown.PROCESSED: "Processed",
    Shown.REJECTED: "Rejected",
    Shown.INVALID: "Invalid",
    Shown.ALL: "All",
}

STATUSES = {
    Shown.WAITING: [RefundStatus.REQUESTED],
    Shown.UNDER_WAY: [RefundStatus.READY, RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY],
    Shown.FAILED: [RefundStatus.FAILED],
    Shown.PROCESSED: [RefundStatus.PROCESSED],
    Shown.REJECTED: [RefundStatus.REJECTED],
    Shown.INVALID: [RefundStatus.INVALID],
    Shown.ALL: list(RefundStatus),
}


def shown(request: HttpRequest) -> Shown:
    """What was asked for. By default what waits; a search looks everywhere, because it is for one certain refund."""
    asked = request.GET.get(PARAMETER)
    if asked in LABELS:
        return Shown(asked)
    if request.GET.get("q"):
        return Shown.ALL
    return Shown.MINE if holds_anywhere(request.user, Role.MANAGER) else Shown.WAITING


def waiting_for(user: Any) -> RefundQuerySet:
    """Refunds that this user may approve: up to the ceiling of a role held where the refund belongs, and not as the
    second person of a request of their own."""
    waiting = RefundRequest.objects.filter(status=RefundStatus.REQUESTED)
    within = [
        waiting.visible_to(user, role=role).filter(within_ceiling_of(role)) for role in (Role.MANAGER, Role.ADMIN)
    ]
    return (within[0] | within[1]).exclude(Q(needs_second_approver=True, staff_user=user))


NARROWER: Mapping[Shown, Callable[[RefundQuerySet], RefundQuerySet]] = {
    Shown.BY_HAND: RefundQuerySet.to_be_paid_by_hand,
    Shown.FAILED_LATE: RefundQuerySet.failed_late,
}
"""What more than the status alone decides."""


class QueueFilter(SimpleListFilter):
    title = "queue"
    parameter_name = PARAMETER
    template = "backoffice/nothing.html"
    is_tabs = True

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.user, self.shown = request.user, shown(request)

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(choice.value, label) for choice, label in LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RefundRequest]) -> QuerySet[RefundRequest]:
        if self.shown == Shown.MINE:
            return queryset.filter(pk__in=waiting_for(self.user).values("pk"))
        if self.shown in NARROWER:
            return NARROWER[self.shown](queryset)  # type: ignore[arg-type]  # the table's own
        return queryset.filter(status__in=STATUSES[self.shown])

    def choices(self, changelist: ChangeList) -> Any:
        """Without Django's own "All", which would mean the default here."""
        for choice, label in LABELS.items():
            yield {
                "selected": choice == self.shown,
                "query_string": changelist.get_query_string({PARAMETER: choice.value}),
                "display": label,
            }
