"""The places of what providers told on other pages: the dashboard, the page of an order."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from orders.admin.page import Section, order_section
from orders.models import Order
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.backoffice.panels import Panel, panel
from preo.backoffice.scoped_admin import reach_of
from preo.money import Money
from refunds.models import OutsideMovement, ProviderEvent
from refunds.models.events import UNCLEAR
from refunds.operations.moving import overdrawn_minor

EVENTS = "admin:refunds_providerevent_changelist"


@panel
def unclear_events_panel(request: HttpRequest) -> Panel | None:
    """How many events are unclear, for managers; nothing where all is clear. One query."""
    user: Any = request.user
    if not reach_of(user).organizations_at_least(Role.MANAGER):
        return None
    unclear = ProviderEvent.objects.visible_to(user, role=Role.MANAGER).unclear().order_by().values("status")
    counts = {row["status"]: row for row in unclear.annotate(count=Count("pk"), oldest=Min("received_at"))}
    tiles = [_tile(status.value, str(status.label), counts[status]) for status in UNCLEAR if status in counts]
    return Panel("Events of providers", "backoffice/refunds_panel.html", {"tiles": tiles}) if tiles else None


def _tile(status: str, label: str, found: Mapping[str, Any]) -> dict[str, Any]:
    url = f"{reverse(EVENTS)}?{urlencode({'status__exact': status})}"
    return {**found, "label": label, "url": url, "name": status}


@order_section
def outside_section(order: Order, user: StaffUser) -> Section:
    """What moved at the provider without us, and what it told of the order's payments. Three queries."""
    payments = list(order.transactions.all())
    movements = list(OutsideMovement.objects.filter(transaction__in=payments).select_related("transaction"))
    events = ProviderEvent.objects.filter(transaction__in=payments)
    shown = {
        "movements": movements,
        "events": list(events.defer("payload").order_by("received_at", "id")),
        "missing": [Money(missing, paid.currency) for paid in payments if (missing := overdrawn_minor(paid))],
        "may_open": order.organization_id in reach_of(user).organizations_at_least(Role.MANAGER),
    }
    return Section("Moved outside", "admin/refunds/providerevent/of_order.html", shown, rows=movements)
