"""The places of refunds on other pages: the dashboard, and the page of an order."""

from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from orders.admin.page import Action, Section, order_section, paid_action
from orders.models import Order, Purchase, Transaction
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.backoffice.panels import Panel, panel
from preo.backoffice.scoped_admin import holds_anywhere
from refunds.admin.filters import LABELS, NARROWER, STATUSES, Shown, waiting_for
from refunds.models import RefundRequest
from refunds.models.requests import RefundQuerySet
from refunds.policy import why_not_request

QUEUE = "admin:refunds_refundrequest_changelist"
ON_THE_DASHBOARD = (Shown.WAITING, Shown.UNDER_WAY, Shown.FAILED, Shown.PROCESSED)


@panel
def dashboard_panel(request: HttpRequest) -> Panel | None:
    """How many refunds are where, and since when the oldest waits. Four queries."""
    user: Any = request.user
    if not holds_anywhere(user, Role.STAFF):
        return None
    mine = _totals(waiting_for(user))
    within_reach = RefundRequest.objects.visible_to(user, role=Role.STAFF).order_by()
    by_status = within_reach.values("status")
    counts = {row["status"]: row for row in by_status.annotate(count=Count("pk"), oldest=Min("created"))}
    tiles = [_tile(Shown.MINE, mine), *(_tile(choice, _sum(counts, choice)) for choice in ON_THE_DASHBOARD)]
    tiles += [
        tile for choice, narrow in NARROWER.items() if (tile := _tile(choice, _totals(narrow(within_reach))))["count"]
    ]
    return Panel("Refunds", "backoffice/refunds_panel.html", {"tiles": tiles})


def _totals(rows: RefundQuerySet) -> dict[str, Any]:
    return rows.aggregate(count=Count("pk"), oldest=Min("created"))


def _sum(counts: dict[str, Any], choice: Shown) -> dict[str, Any]:
    rows = [counts[status] for status in STATUSES[choice] if status in counts]
    oldest = min((row["oldest"] for row in rows), default=None)
    return {"count": sum(row["count"] for row in rows), "oldest": oldest}


def _tile(choice: Shown, found: dict[str, Any]) -> dict[str, Any]:
    url = f"{reverse(QUEUE)}?{urlencode({'show': choice.value})}"
    return {**found, "label": LABELS[choice], "url": url, "name": choice.value}


@order_section
def refunds_section(order: Order, user: StaffUser) -> Section:
    """Every refund of the order, with who asked and who decided. One query."""
    refunds = list(
        order.refunds.select_related("staff_user", "approved_by", "rejected_by", "purchase", "transaction").order_by(
            "created", "id"
        )
    )
    return Section("Refunds", "admin/refunds/refundrequest/of_order.html", {"refunds": refunds}, rows=refunds)


@paid_action
def refund_action(paid: Purchase | Transaction, user: StaffUser) -> Action:
    """Asking for a refund of a purchase or payment."""
    kind = "purchase" if isinstance(paid, Purchase) else "transaction"
    url = f"{reverse('admin:refunds_refundrequest_request')}?{urlencode({kind: paid.pk})}"
    return Action("Refund…", url, why_not_request(paid, by=user))
