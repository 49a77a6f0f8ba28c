"""What a page of the list of events shows beside the events: who acted, and which rows they are about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import reverse

from preo.accounts.models import Organization
from preo.api.roles import Role
from preo.audit.actors import actors_of
from preo.audit.admin.filters import kind_in_words
from preo.audit.kinds import model_of, typed_id
from preo.audit.models import AuditEvent
from preo.audit.steps import uuid_of
from preo.backoffice.scoped_admin import visible_rows


@dataclass(frozen=True, slots=True)
class Line:
    """Beside an event: whom it is told and who acted; of the row its kind and, while the user can see it, its name and
    page."""

    organization: str
    who: str
    kind: str
    name: str
    url: str


class EventList(ChangeList):
    """The list, with the line of each event."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        events: list[Any] = list(self.result_list)
        for event, line in zip(events, lines_of(events, request, self.model_admin.admin_site), strict=True):
            event.line = line
        self.result_list = events


def lines_of(events: Sequence[AuditEvent], request: HttpRequest, site: AdminSite) -> list[Line]:
    """One query for organizations, people and tokens each, and one for each kind of row among the events."""
    actors, rows = actors_of(events), _rows(events, request.user, site)
    told = Organization.objects.in_bulk({event.organization_id for event in events})
    return [
        Line(str(told[event.organization_id]), actors.name(event), *_row_of(event, rows, request, site))
        for event in events
    ]


def _rows(events: Sequence[AuditEvent], user: Any, site: AdminSite) -> dict[UUID, Any]:
    """Those that the user can see now: who is erased for an organization may be well known to another."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        wanted[event.object_type].add(typed_id(event.object_type, event.object_uuid))
    found: dict[UUID, Any] = {}
    for kind, ids in wanted.items():
        if model := model_of(kind):
            related = getattr(site._registry.get(model), "related", ())
            rows = visible_rows(model, user, role=Role.GUEST).filter(pk__in=ids).select_related(*related)
            found |= {uuid_of(row): row for row in rows}
    return found


def _row_of(event: AuditEvent, rows: Mapping[UUID, Any], request: HttpRequest, site: AdminSite) -> tuple[str, str, str]:
    """The kind, the name and the address of its page, as far as there is any."""
    kind, row = kind_in_words(event.object_type), rows.get(event.object_uuid)
    if row is None:
        return kind, "", ""
    page, options = site._registry.get(type(row)), row._meta
    is_open = page is not None and page.has_view_permission(request, row)
    url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk]) if is_open else ""
    return kind, str(row), url
