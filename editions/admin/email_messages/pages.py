"""E-mail messages for staff: the list, and the way to the pages on which one is written, copied and tried."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.admin import display
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from editions.admin.email_messages.copies import CHANGE, add_view, adopt_view, duplicate_view
from editions.admin.email_messages.preview import framed, show_preview
from editions.admin.email_messages.trials import trial_view
from editions.admin.email_messages.writing import edit_view, remove_view, unsaved_view
from editions.admin.filters import EditionFilter
from editions.models import EmailMessage
from preo.api.roles import Role
from preo.backoffice.scoped_admin import PageAdmin, ReachableFilter, holds_anywhere
from preo.backoffice.template_tags import pill

View = Callable[[Any, HttpRequest, EmailMessage], HttpResponseBase]


class EmailMessageAdmin(PageAdmin[EmailMessage]):
    """Whoever manages an edition or an organization writes its messages; superusers write the platform's.

    The app of orders, which is above this one, registers it together with previews of real orders.
    """

    related = ("organization", "edition__event", "edition__organization")
    list_display = ("title", "type", "belongs_to", "scope_pill", "modified_at")
    list_filter = ("type", "scope", ("edition", EditionFilter), ("organization", ReachableFilter))
    search_fields = ("title",)
    search_help_text = "Part of a title."
    ordering = ("title", "id")

    def order_variables(
        self, request: HttpRequest, message: EmailMessage, order_id: str, language: str | None
    ) -> Mapping[str, Any]:
        """The override point: what a message says of a real order. Raises InvalidField."""
        raise NotImplementedError

    def may_write(self, user: Any, organization_id: str, edition_id: str | None) -> bool:
        """Whether the role suffices for messages of the edition, or for templates of the organization."""
        held = user.reach.role_on(organization_id=organization_id, edition_id=edition_id)
        return bool(held and held.includes(Role.MANAGER))

    def why_not_edit(self, user: Any, message: EmailMessage) -> str | None:
        """Why somebody can only read it, if so."""
        if not message.organization_id:
            return None if user.is_superuser else "This message is the platform's. Copy it to change it."
        if not self.may_write(user, message.organization_id, message.edition_id):
            return "Only a manager or admin can change this."
        if message.edition and message.edition.is_archived:
            return "This edition is archived; unarchive it before changing anything."
        return None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: EmailMessage | None = None) -> bool:
        """Also for operators of the platform, who write its own messages."""
        user: Any = request.user
        return super().has_view_permission(request, obj) or bool(user.is_active and user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return holds_anywhere(user, Role.MANAGER) or bool(user.is_active and user.is_superuser)

    def get_urls(self) -> list[URLPattern]:
        views = {
            "preview": preview_view,
            "duplicate": posted(saved(duplicate_view)),
            "adopt": posted(saved(adopt_view)),
            "test": posted(saved(trial_view)),
        }
        own = [
            path(f"<str:object_id>/{name}/", self._at(view), name=f"editions_emailmessage_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return add_view(self, request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        message = self.get_object(request, unquote(object_id))
        if message is None:
            return self.nothing_there(request, object_id)
        return edit_view(self, request, message)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return remove_view(self, request, self._found(request, object_id))

    @display(description="Of", ordering="edition__name")
    def belongs_to(self, message: EmailMessage) -> str:
        if message.edition:
            return message.edition.full_name
        return message.organization.name if message.organization else "The platform"

    @display(description="Scope", ordering="scope")
    def scope_pill(self, message: EmailMessage) -> SafeString:
        return pill(message.scope, message.get_scope_display())

    @display(description="Changed", ordering="modified")
    def modified_at(self, message: EmailMessage) -> str:
        return f"{message.modified:%-d %b %Y, %H:%M}"

    def _at(self, view: View) -> Any:
        def found(request: HttpRequest, object_id: str) -> HttpResponseBase:
            return view(self, request, self._found(request, object_id))

        return self.admin_site.admin_view(found)

    def _found(self, request: HttpRequest, object_id: str) -> EmailMessage:
        message = self.get_object(request, unquote(object_id))
        if message is None:
            raise Http404
        return message


def posted(view: View) -> View:
    """The view, for POST alone; a reload of what it refused, at its address, leads to the page of the message."""

    def guarded(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponseBase:
        return view(page, request, message) if request.method == "POST" else redirect(CHANGE, message.pk)

    return guarded


def saved(view: View) -> View:
    """The view, for a message whose page has no changes that only its form knows of."""

    def guarded(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponseBase:
        return unsaved_view(page, request, message) or view(page, request, message)

    return guarded


def preview_view(page: EmailMessageAdmin, request: HttpRequest, message: EmailMessage) -> HttpResponseBase:
    """What stands in the frame of the page."""

    def variables_of(shown: EmailMessage, order_id: str, language: str | None) -> Mapping[str, Any]:
        return page.order_variables(request, shown, order_id, language)

    return framed(lambda asked: show_preview(asked, message, variables_of=variables_of))(request)
