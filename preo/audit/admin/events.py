"""The list of audit events for admins, and the page of one."""

from contextlib import suppress
from itertools import islice
from typing import Any

from django.contrib import admin
from django.contrib.admin import DateFieldListFilter, display
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from preo.api.roles import Role
from preo.audit.admin.filters import KindFilter, OrganizationFilter, PersonFilter
from preo.audit.admin.listing import EventList, lines_of
from preo.audit.kinds import fields_of, typed_id
from preo.audit.models import AuditEvent
from preo.audit.steps import steps_of
from preo.audit.trail import told
from preo.audit.wording import called_with, operation_in_words
from preo.backoffice.scoped_admin import PageAdmin, reach_of
from preo.backoffice.words import title_of
from preo.public_ids import NotAPublicId, decode

SHOWN_FIELDS = 4


@admin.register(AuditEvent)
class AuditEventAdmin(PageAdmin[AuditEvent]):
    """For admins of the organization, or of the single edition that an event is of. Nothing is written here."""

    role = Role.ADMIN
    related = ("personal",)
    list_display = ("at", "done", "row", "changed", "who")
    list_display_links = ("at",)
    list_filter = (
        OrganizationFilter,
        ("created", DateFieldListFilter),
        "action",
        "actor_type",
        PersonFilter,
        KindFilter,
    )
    search_fields = ("request_id",)
    search_help_text = "The id of a row, or of a request."
    sortable_by = ()
    ordering = ("-created", "-id")
    page_template = "admin/audit/auditevent/page.html"

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Who reads for several organizations finds what both were told twice, and sees whom."""
        reads_for = reach_of(request.user).organizations_within(self.role)
        return (*self.list_display, "told_to") if len(reads_for) > 1 else self.list_display

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[EventList]:
        return EventList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Whole ids alone: there are too many events to look for parts of them."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(request_id=term)
        with suppress(NotAPublicId):
            found |= Q(object_uuid=decode(term)[1])
        return queryset.filter(found), False

    def page_context(self, request: HttpRequest, row: AuditEvent) -> dict[str, Any]:
        [line] = lines_of([row], request, self.admin_site)
        [step] = steps_of([row])
        [entry] = told([step], currency=str(getattr(step.subject, "currency", "")), in_full=True)
        return {
            "event": row,
            "line": line,
            "entry": entry,
            "object_id": typed_id(row.object_type, row.object_uuid),
            "history_url": None,
        }

    @display(description="When")
    def at(self, event: AuditEvent) -> str:
        return f"{event.created:%-d %b %Y, %H:%M:%S}"

    @display(description="What")
    def done(self, event: Any) -> str:
        return operation_in_words(event)

    @display(description="Row")
    def row(self, event: Any) -> str | SafeString:
        line = event.line
        if not line.name:
            return format_html("<span>{} <code>{}</code></span>", line.kind, str(event.object_uuid)[-6:])
        if not line.url:
            return called_with(line.kind, line.name)
        kind = called_with(line.kind, line.name).removesuffix(line.name)
        return format_html('<span>{}<a href="{}">{}</a></span>', kind, line.url, line.name)

    @display(description="Changed")
    def changed(self, event: AuditEvent) -> str:
        """What was changed, by name; of a new or a deleted row, that it is one."""
        if event.action != "update":
            return event.get_action_display()
        fields = fields_of(event.object_type)
        titles = [title_of(fields[name]) if name in fields else name for name in sorted(event.changes)]
        more = len(titles) - SHOWN_FIELDS
        return ", ".join(islice(titles, SHOWN_FIELDS)) + (f" and {more} more" if more > 0 else "")

    @display(description="Organization")
    def told_to(self, event: Any) -> str:
        return str(event.line.organization)

    @display(description="Who")
    def who(self, event: Any) -> str:
        return str(event.line.who)
