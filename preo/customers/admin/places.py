"""The place of erasures on the dashboard."""

from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from preo.accounts.models import Erasure
from preo.accounts.states import ErasureStatus
from preo.api.roles import Role
from preo.backoffice.panels import Panel, panel
from preo.backoffice.scoped_admin import reach_of


@panel
def waiting_erasures_panel(request: HttpRequest) -> Panel | None:
    """How many wait for a decision, for managers; nothing where none does. One query."""
    user: Any = request.user
    if not reach_of(user).organizations_at_least(Role.MANAGER):
        return None
    waiting = Erasure.objects.visible_to(user, role=Role.MANAGER).waiting().order_by()
    found = waiting.aggregate(count=Count("pk"), oldest=Min("created"))
    if not found["count"]:
        return None
    asked = urlencode({"status__exact": ErasureStatus.ASKED.value})
    url = f"{reverse('admin:accounts_erasure_changelist')}?{asked}"
    tile = {**found, "label": "Waiting for another admin", "url": url, "name": "mine"}
    return Panel("Erasures of customers", "backoffice/refunds_panel.html", {"tiles": [tile]})
