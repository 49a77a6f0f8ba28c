"""The list of consents and the page of each: a draft to write, or what was published and what can be done next."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import display
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from consents.admin.arranging import arrange_view
from consents.admin.comparing import asked_of
from consents.admin.filters import StandingFilter
from consents.admin.form import ConsentForm
from consents.admin.line import is_superseded, standing_of, versions_of
from consents.admin.publishing import AS_READ, CHANGE, in_words, new_version_view, publish_view
from consents.admin.reading import reading_of
from consents.models import Consent
from consents.operations import (
    TEXTS,
    ConsentAnswered,
    change_consent,
    create_consent,
    hold_consent,
    remove_consent,
    why_not_remove,
)
from editions.admin.edition_page.catalog import Kind, catalog_kind
from editions.admin.rows import OrganizationRowAdmin, acting_of
from editions.models import Edition, Product
from preo.accounts.models import Organization
from preo.api.roles import Role
from preo.backoffice.template_tags import pill

PLACE = "admin/consents/consent"
SAVING = ("show_save", "show_save_and_continue", "show_save_and_add_another")
"""Django's buttons."""

catalog_kind(Kind(Consent, "Consents", "consent", "What customers are asked to agree to.", is_of_organization=True))


@admin.register(Consent)
class ConsentAdmin(OrganizationRowAdmin[Consent]):
    form = ConsentForm
    role = Role.MANAGER
    change_form_template = add_form_template = f"{PLACE}/edit.html"
    change_list_template = f"{PLACE}/list.html"
    delete_confirmation_template = f"{PLACE}/remove.html"
    related: ClassVar[Any] = ("organization", "edition__event", "vendor_org")
    list_display = ("title", "version", "type", "target", "standing", "must", "organizer")
    list_filter = (*OrganizationRowAdmin.list_filter, StandingFilter, "type")
    search_fields = ("title",)
    search_help_text = "Part of a title."
    fieldsets = (
        (None, {"fields": ("title", "type", "required", "enabled")}),
        ("Who is asked", {"fields": ("edition", "vendor_org", "products")}),
        ("What they read", {"fields": TEXTS, "classes": ("by-language",)}),
    )

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, Callable[..., HttpResponse]] = {
            "publish": self.publish_view,
            "versions": self.versions_view,
            "new-version": self.new_version_view,
        }
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"consents_consent_{name.replace('-', '_')}",
            )
            for name, view in pages.items()
        ]
        arrange = path("order/", self.admin_site.admin_view(self.arrange_view), name="consents_consent_arrange")
        return [arrange, *own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        rows: Any = super().get_queryset(request)
        return rows.with_later().prefetch_related("products__edition__event")  # type: ignore[no-any-return]  # see rows

    def get_fieldsets(self, request: HttpRequest, obj: Consent | None = None) -> Any:
        if obj is None or not obj.published:
            return self.fieldsets
        about = ("About it", {"fields": (*AS_READ, "published_date")})
        return (about,) if is_superseded(obj) else ((None, {"fields": ("enabled",)}), about)

    def get_readonly_fields(self, request: HttpRequest, obj: Consent | None = None) -> Any:
        return (*AS_READ, "published_date") if obj and obj.published else ()

    def has_delete_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and why_not_remove(obj))

    def choices(self, request: HttpRequest, name: str, rows: QuerySet[Any], *, owner: Any) -> QuerySet[Any]:
        editions = Edition.objects.filter(organization=owner, is_archived=False)
        if name == "products":
            return Product.objects.filter(edition__in=editions).select_related("edition__event")
        if name == "vendor_org":
            return Organization.objects.filter(participations__edition__organization=owner).distinct()
        return editions.select_related("event")

    def write(self, request: HttpRequest, row: Consent, changes: Mapping[str, Any]) -> None:
        if row._state.adding:
            row.pk = create_consent(row.organization, values=changes, **acting_of(request)).pk
        else:
            change_consent(row, changes=changes, **acting_of(request))

    def remove(self, request: HttpRequest, row: Consent) -> None:
        remove_consent(row, **acting_of(request))

    def lock(self, row: Consent) -> Consent:
        return hold_consent(row)[0]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        consent: Consent | None = context.get("original")
        shown = _shown(consent) if consent else {}
        return super().render_change_form(request, context | shown, *args, **options)

    def arrange_view(self, request: HttpRequest) -> HttpResponse:
        return arrange_view(self, request)

    def versions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Every version of the consent, the newest first."""
        consent = self._found(request, object_id)
        if consent is None:
            return self.nothing_there(request, object_id)
        versions = versions_of(consent)
        shown = {"consent": versions[0].consent, "versions": versions, "is_shown": consent.pk}
        return self.page(request, f"{PLACE}/versions.html", title="Versions", **shown)

    def new_version_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        consent = self._found(request, object_id)
        return new_version_view(request, consent) if consent else self.nothing_there(request, object_id)

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        consent = self._found(request, object_id)
        return publish_view(self, request, consent) if consent else self.nothing_there(request, object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was replaced while its page was open is not saved: nothing can be set of it."""
        consent = self._found(request, object_id) if request.method == "POST" else None
        if consent and is_superseded(consent):
            messages.error(request, "A later version has taken its place meanwhile, so nothing was saved.")
            return redirect(CHANGE, consent.pk)
        return super().change_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What nobody may delete is no question of a role."""
        consent = self._found(request, object_id)
        if consent and (refusal := why_not_remove(consent)):
            messages.error(request, in_words(refusal, consent))
            return redirect(CHANGE, consent.pk)
        return super().delete_view(request, object_id, extra_context)

    def _found(self, request: HttpRequest, object_id: str) -> Consent | None:
        """Raises PermissionDenied."""
        consent = self.get_object(request, unquote(object_id))
        if consent and not self.has_change_permission(request, consent):
            raise PermissionDenied
        return consent

    @display(description="Asked of")
    def target(self, consent: Consent) -> str:
        return asked_of(consent)

    @display(description="Required", ordering="required")
    def must(self, consent: Consent) -> str:
        return "Yes" if consent.required else "No"

    @display(description="Status", ordering="published")
    def standing(self, consent: Consent) -> SafeString:
        return pill(*standing_of(consent))


def _shown(consent: Consent) -> dict[str, Any]:
    """What the page says of it besides its form."""
    refusal = why_not_remove(consent)
    unsaved = dict.fromkeys(SAVING, False) if is_superseded(consent) else {}
    return unsaved | {
        "state": pill(*standing_of(consent)),
        "reading": reading_of(consent),
        "later": getattr(consent, "superseded_by", None),
        "is_answered": isinstance(refusal, ConsentAnswered),
    }
