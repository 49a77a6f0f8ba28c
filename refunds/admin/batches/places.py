"""The places of mass refunds on other pages: the dashboard, and the page of an edition."""

from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from editions.admin.edition_page.actions import Action, edition_action
from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.backoffice.panels import Panel, panel
from preo.backoffice.scoped_admin import holds_anywhere
from refunds.admin.batches.filters import NOT_EMPTY, STATUSES, Shown
from refunds.batch_policy import why_not_plan
from refunds.models import RefundBatch

LIST = "admin:refunds_refundbatch_changelist"
TILES = {Shown.WAITING: "Waiting for approval", Shown.UNDER_WAY: "Under way"}


@panel
def dashboard_panel(request: HttpRequest) -> Panel | None:
    """How many mass refunds wait and are under way; nothing when there is none. One query."""
    user: Any = request.user
    if not holds_anywhere(user, Role.STAFF):
        return None
    rows = RefundBatch.objects.visible_to(user, role=Role.STAFF).order_by()
    open_ones = rows.filter(NOT_EMPTY, status__in=[status for choice in TILES for status in STATUSES[choice]])
    found = {
        row["status"]: row for row in open_ones.values("status").annotate(count=Count("pk"), oldest=Min("created"))
    }
    tiles = [_tile(choice, found, is_mine=holds_anywhere(user, Role.MANAGER)) for choice in TILES]
    return Panel("Mass refunds", "backoffice/refunds_panel.html", {"tiles": tiles}) if found else None


@edition_action
def refund_all_action(edition: Edition, user: StaffUser) -> Action | None:
    """Planning a mass refund of the edition."""
    if why_not_plan(edition, by=user):
        return None
    return Action("Refund all…", f"{reverse('admin:refunds_refundbatch_add')}?{urlencode({'edition': edition.pk})}")


def _tile(choice: Shown, found: dict[str, Any], *, is_mine: bool) -> dict[str, Any]:
    rows = [found[status] for status in STATUSES[choice] if status in found]
    return {
        "name": "mine" if is_mine and choice == Shown.WAITING else choice.value,
        "label": TILES[choice],
        "url": f"{reverse(LIST)}?{urlencode({'show': choice.value})}",
        "count": sum(row["count"] for row in rows),
        "oldest": min((row["oldest"] for row in rows), default=None),
    }
