"""What providers told: a list for managers, a page of each, and looking again at what is unclear."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from preo.api.roles import Role
from preo.backoffice.scoped_admin import PageAdmin, ReachableFilter, reach_of
from preo.backoffice.template_tags import age, pill
from preo.errors import DomainError
from refunds.admin.event_facts import facts_of
from refunds.models import ProviderEvent
from refunds.models.events import UNCLEAR
from refunds.operations.concluding import look_again, set_aside

Decide = Callable[..., None]

CONFIRMATION = "admin/refunds/providerevent/set_aside.html"
SET_ASIDE = "set-aside"

DECISIONS: dict[str, tuple[Decide, str]] = {
    "look-again": (look_again, "It will be looked at again in a moment."),
    SET_ASIDE: (set_aside, "It is set aside."),
}
"""What can be done with an unclear event, by its address: the operation, and what is said then."""


@admin.register(ProviderEvent)
class ProviderEventAdmin(PageAdmin[ProviderEvent]):
    """For managers of the whole organization; an account is of no single edition."""

    role = Role.MANAGER
    related = ("organization", "merchant_account", "transaction__order", "refund")
    list_display = ("what", "status_pill", "account", "received", "message")
    list_filter = ("status", "provider", ("organization", ReachableFilter))
    search_fields = ("^event_id",)
    search_help_text = "The beginning of the provider's id of the event."
    ordering = ("-received_at", "-id")
    page_template = "admin/refunds/providerevent/page.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(reach_of(request.user).organizations_at_least(self.role))

    def has_view_permission(self, request: HttpRequest, obj: ProviderEvent | None = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderEvent]:
        return super().get_queryset(request).defer("payload", "transaction__order__search_text")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(partial(decide_view, self, name=name)),
                name=f"refunds_providerevent_{name.replace('-', '_')}",
            )
            for name in DECISIONS
        ]
        return [*own, *super().get_urls()]

    def page_context(self, request: HttpRequest, row: ProviderEvent) -> dict[str, Any]:
        facts, hidden = facts_of(row.payload)
        return {"event": row, "facts": facts, "hidden": hidden, "is_unclear": row.status in UNCLEAR}

    @display(description="Event", ordering="type")
    def what(self, event: ProviderEvent) -> str:
        return event.type or event.event_id

    @display(description="Status", ordering="status")
    def status_pill(self, event: ProviderEvent) -> SafeString:
        return pill(event.status, event.status_words)

    @display(description="Account")
    def account(self, event: ProviderEvent) -> str:
        return f"{event.merchant_account} ({event.provider})"

    @display(description="Age", ordering="received_at")
    def received(self, event: ProviderEvent) -> SafeString:
        return age(event.received_at)


def decide_view(page: Any, request: HttpRequest, object_id: str, *, name: str) -> HttpResponse:
    """Carries the decision out and leads back to the event, where it or the refusal is to be seen.

    What is final is asked about first. Whoever comes without having pressed anything, such as over the page that signs
    people in, decides nothing.
    """
    event = page.get_object(request, object_id)
    if event is None:
        raise Http404
    if request.method != "POST":
        return _before_deciding(page, request, event, name)
    _decide(request, event, name)
    return redirect("admin:refunds_providerevent_change", event.pk)


def _before_deciding(page: Any, request: HttpRequest, event: ProviderEvent, name: str) -> HttpResponse:
    if name == SET_ASIDE and event.status in UNCLEAR:
        response: HttpResponse = page.page(request, CONFIRMATION, title="Set aside", event=event)
        return response
    messages.warning(request, "Nothing was decided. You may have had to sign in first: choose again.")
    return redirect("admin:refunds_providerevent_change", event.pk)


def _decide(request: HttpRequest, event: ProviderEvent, name: str) -> None:
    decide, said = DECISIONS[name]
    user: Any = request.user
    try:
        decide(event, by=user, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, said)
