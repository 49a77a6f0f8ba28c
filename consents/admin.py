"""Consents for staff: drafts to write, languages side by side, and the button that publishes them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import display
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from consents.models import Consent
from consents.operations import (
    FREE,
    SETTINGS,
    TEXTS,
    change_consent,
    create_consent,
    hold_consent,
    publish_consent,
    remove_consent,
)
from editions.admin.edition_page.catalog import Kind, catalog_kind
from editions.admin.products import languages_of
from editions.admin.rows import OrganizationRowAdmin, acting_of
from editions.choices import Language
from editions.models import Edition, Product
from preo.accounts.models import Organization
from preo.api.roles import Role
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.forms import TranslatedField
from preo.backoffice.template_tags import pill
from preo.errors import DomainError, InvalidField

LONGEST_TEXT = 20_000
AS_READ = ("title", "type", "required", "target", "text", "document")

catalog_kind(Kind(Consent, "Consents", "consent", "What customers are asked to agree to.", is_of_organization=True))


class ProductsField(forms.ModelMultipleChoiceField[Product]):
    """Products, each with its edition in front."""

    def label_from_instance(self, obj: Product) -> str:
        return f"{obj.edition.full_name}: {obj.name}"


class ConsentForm(EditableForm):
    consent_text = TranslatedField(label="Text", required=False, rows=8, max_length=LONGEST_TEXT)
    document_url = TranslatedField(
        label="Document", required=False, help_text="The complete address of a document, with https://."
    )
    products = ProductsField(Product.objects.none(), required=False)

    def prepare(self) -> None:
        fields: Any = self.fields
        for name in SETTINGS - FREE if self.instance.published else ():
            fields.pop(name, None)
        for name in fields.keys() & {*TEXTS}:
            edition = self.instance.edition
            fields[name].offer(languages_of(edition) if edition else Language.choices)
        fields["order"].help_text = "Smaller numbers come first."
        for name, text in TARGETS.items():
            if name in fields:
                fields[name].help_text = text

    def field_for(self, name: str) -> str | None:
        return "products" if name == "product_ids" else super().field_for(name)


def by_language(texts: Mapping[str, str]) -> SafeString:
    """A paragraph for each language."""
    written = [(name, texts[code]) for code, name in Language.choices if code in texts]
    return format_html_join("", "<p>{}: {}</p>", written)


TARGETS = {
    "edition": "Choose one of edition, vendor and products, or none to ask every customer of the organization.",
    "vendor_org": "Asked of those who buy from this vendor.",
    "products": "Asked of those who buy one of these; all of one edition.",
}


@admin.register(Consent)
class ConsentAdmin(OrganizationRowAdmin[Consent]):
    form = ConsentForm
    role = Role.MANAGER
    change_form_template = "admin/consents/consent/edit.html"
    related: ClassVar[Any] = ("organization", "edition__event", "vendor_org")
    list_display = ("title", "type", "target", "standing", "enabled", "required", "organizer")
    list_filter = (*OrganizationRowAdmin.list_filter, "type", "published", "enabled")
    search_fields = ("title",)
    search_help_text = "Part of a title."
    fieldsets = (
        (None, {"fields": ("title", "type", "required", "enabled", "order")}),
        ("Who is asked", {"fields": ("edition", "vendor_org", "products")}),
        ("What they read", {"fields": TEXTS}),
    )

    def get_urls(self) -> list[URLPattern]:
        publish = self.admin_site.admin_view(self.publish_view)
        return [path("<path:object_id>/publish/", publish, name="consents_consent_publish"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return super().get_queryset(request).prefetch_related("products__edition__event")

    def get_fieldsets(self, request: HttpRequest, obj: Consent | None = None) -> Any:
        if obj is None or not obj.published:
            return self.fieldsets
        return ((None, {"fields": ("enabled", "order")}), ("Published", {"fields": (*AS_READ, "published_date")}))

    def get_readonly_fields(self, request: HttpRequest, obj: Consent | None = None) -> Any:
        return (*AS_READ, "published_date") if obj and obj.published else ()

    def has_delete_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.published)

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

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows what customers will read, and on POST publishes it."""
        consent = self.get_object(request, unquote(object_id))
        if consent is None:
            raise Http404
        if not self.has_change_permission(request, consent):
            raise PermissionDenied
        if request.method in ("GET", "HEAD"):
            told = [self.told(consent, name) for name in AS_READ]
            return self.page(
                request, "admin/consents/consent/publish.html", title="Publish", consent=consent, told=told
            )
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        try:
            publish_consent(consent, **acting_of(request))
            messages.success(request, f"{consent} is published.")
        except (DomainError, InvalidField) as refusal:
            messages.error(request, refusal.detail)
        return redirect("admin:consents_consent_change", consent.pk)

    @display(description="Asked of")
    def target(self, consent: Consent) -> str:
        products = [product.name for product in consent.products.all()]
        return str(consent.edition or consent.vendor_org or ", ".join(products) or "Everybody")

    @display(description="Text")
    def text(self, consent: Consent) -> SafeString:
        return by_language(consent.consent_text)

    @display(description="Document")
    def document(self, consent: Consent) -> SafeString:
        return by_language(consent.document_url)

    @display(description="Status", ordering="published")
    def standing(self, consent: Consent) -> SafeString:
        return pill("published", "Published") if consent.published else pill("draft", "Draft")
