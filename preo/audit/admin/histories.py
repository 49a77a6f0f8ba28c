"""The history page of any row: what the trail tells of it, newest first and a page at a time."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils.http import urlencode

from preo.accounts.models import Customer
from preo.api.keyset import BadCursor, Cursor
from preo.api.keyset import page as page_of
from preo.api.roles import Role
from preo.audit.models import AuditEvent
from preo.audit.models.events import AuditEventQuerySet
from preo.audit.sharing import each_once
from preo.audit.steps import Step, uuid_of
from preo.audit.trail import told
from preo.audit.values import values_of
from preo.audit.wording import called_with
from preo.backoffice.histories import HistoryAdmin, history_teller
from preo.backoffice.scoped_admin import reach_of

AT_ONCE = 50
"""Events on a page."""

NEWEST_FIRST = ["-created", "-id"]
PARAMETER = "cursor"


@history_teller
def history_of(page: HistoryAdmin[Any], request: HttpRequest, row: Model) -> dict[str, Any]:
    """What the template shows of the row, and of what is told along with it."""
    rows = {uuid_of(told_along): told_along for told_along in page.rows_of_trail(request, row)}
    events = visible_events(rows.values(), request.user, role=getattr(page, "role", Role.GUEST))
    cursor = _cursor(request)
    found, has_older = page_of(events.select_related("personal").order_by(*NEWEST_FIRST), cursor, AT_ONCE)
    steps = [Step(event, rows[event.object_uuid], *values_of(event)) for event in reversed(each_once(found))]
    older = Cursor.beside(found[-1], NEWEST_FIRST).dumps(kind=AuditEvent._meta.label) if has_older else ""
    return {
        "trail": told(steps, currency=page.currency(row), in_full=True, call=_called),
        "older": f"?{urlencode({PARAMETER: older})}" if older else "",
        "is_newest": cursor is None,
        "show_rows": len(rows) > 1,
    }


def visible_events(rows: Iterable[Model], user: Any, *, role: Role) -> AuditEventQuerySet:
    """Of rows whose page the user may see, the events of the organizations where, or in an edition of which, the role
    is held; of what is no customer, superusers see all. A customer is changed for the whole organization, and so it is
    there that the role is held."""
    reach, of_others = reach_of(user), ~Q(object_type=Customer._meta.label_lower)
    within = Q(organization_id__in=reach.organizations_at_least(role))
    within |= of_others & Q(organization_id__in=reach.organizations_within(role))
    if user.is_superuser:
        within |= of_others
    return AuditEvent.objects.filter(within, object_uuid__in=[uuid_of(row) for row in rows])


def _cursor(request: HttpRequest) -> Cursor | None:
    """Where the address says to go on; one that isn't ours is the beginning."""
    text = request.GET.get(PARAMETER, "")
    try:
        return Cursor.loads(text, kind=AuditEvent._meta.label, ordering=NEWEST_FIRST) if text else None
    except BadCursor:
        return None


def _called(row: Model) -> str:
    return called_with(str(row._meta.verbose_name), str(row))
