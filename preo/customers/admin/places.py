"""The place of erasures on the dashboard."""

from typing import Any

from django.db.models import Aggregate, Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from preo.accounts.models import Erasure
from preo.accounts.states import ErasureStatus
from preo.api.roles import Role
from preo.backoffice.panels import Panel, panel
from preo.backoffice.scoped_admin import reach_of

TILES = {"mine": "Waiting for you", "others": "Waiting for another admin"}
"""Whoever asked, and managers, can't decide."""


@panel
def waiting_erasures_panel(request: HttpRequest) -> Panel | None:
    """How many wait for a decision, for managers; nothing where none does. One query."""
    user: Any = request.user
    if not reach_of(user).organizations_at_least(Role.MANAGER):
        return None
    waiting = Erasure.objects.visible_to(user, role=Role.MANAGER).waiting().order_by()
    decides = Q(organization_id__in=reach_of(user).organizations_at_least(Role.ADMIN)) & ~Q(asked_by=user.pk)
    found = waiting.aggregate(**_counted("mine", decides), **_counted("others", ~decides))
    asked = urlencode({"status__exact": ErasureStatus.ASKED.value})
    url = f"{reverse('admin:accounts_erasure_changelist')}?{asked}"
    tiles = [
        {"name": name, "label": label, "count": found[name], "oldest": found[f"oldest_{name}"], "url": url}
        for name, label in TILES.items()
        if found[name]
    ]
    return Panel("Erasures of customers", "backoffice/refunds_panel.html", {"tiles": tiles}) if tiles else None


def _counted(name: str, which: Q) -> dict[str, Aggregate]:
    return {name: Count("pk", filter=which), f"oldest_{name}": Min("created", filter=which)}
