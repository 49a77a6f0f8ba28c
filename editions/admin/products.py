"""Products with their variants, options and images."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from editions.admin.filters import EditionFilter
from editions.admin.rows import DraftsAdmin, acting_of, money_column
from editions.choices import Language
from editions.models import Edition, Option, Product, Variant
from editions.operations.catalog import Parts, save_product
from preo.audit.steps import deleted_rows
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.forms import MoneyField, RateField, SignedMoneyField, TranslatedField
from preo.backoffice.parts import PartForm, PartInline
from preo.files.forms import ImageChoiceField, tick_stored

DEFAULT_RATE = "In percent; empty for the edition's own."
NO_POINTS = 'The edition has no pickup points yet. <a href="{}">Add a pickup point</a>'
WORDS = {
    "is_draft": ("Draft", "Customers don't see it."),
    "is_rental": ("Rental", "It comes back, and the deposit with it."),
    "is_unlimited_use": ("Unlimited use", ""),
    "order": ("Place in lists", "Smaller numbers come first."),
    "locations": ("Where it is picked up", ""),
}
"""What fields are called, and what there is to say about them."""


def languages_of(edition: Edition) -> list[tuple[str, str]]:
    """Code and name of the languages that the edition's texts are written in, its default one first."""
    names = dict(Language.choices)
    others = [code for code in edition.enabled_languages if code != edition.default_language]
    return [(code, str(names[code])) for code in (edition.default_language, *others)]


class ProductForm(EditableForm):
    description = TranslatedField(required=False, rows=4)
    price_minor = MoneyField(label="Price")
    deposit_minor = MoneyField(label="Deposit", required=False)
    price_tax_rate = RateField(required=False, help_text=DEFAULT_RATE)
    deposit_tax_rate = RateField(required=False, help_text=DEFAULT_RATE)
    gallery = ImageChoiceField(label="Images", required=False, is_multiple=True)

    def prepare(self) -> None:
        fields: Any = self.fields
        fields["description"].offer(languages_of(self.owner))
        for name, words in WORDS.items():
            fields[name].label, fields[name].help_text = words
        for name in ("price_minor", "deposit_minor"):
            fields[name].help_text = f"In {self.owner.currency.upper()}, tax included."
        fields["locations"].widget = forms.CheckboxSelectMultiple(choices=fields["locations"].choices)
        if not fields["locations"].queryset.exists():
            add = f"{reverse('admin:editions_location_add')}?{urlencode({'edition': self.owner.pk})}"
            fields["locations"].help_text = format_html(NO_POINTS, add)
        places = [] if self.is_new else list(self.instance.gallery.select_related("file"))
        fields["gallery"].offer(self.owner.organization, chosen=[place.file for place in places])

    def clean_deposit_minor(self) -> int:
        return self.cleaned_data["deposit_minor"] or 0

    def field_for(self, name: str) -> str | None:
        return "gallery" if name == "images" else super().field_for(name)


class VariantForm(PartForm):
    price_minor = MoneyField(label="Price", required=False)
    deposit_minor = MoneyField(label="Deposit", required=False)


class OptionForm(PartForm):
    price_mod_minor = SignedMoneyField(label="Changes the price by", required=False)
    deposit_mod_minor = SignedMoneyField(label="Changes the deposit by", required=False)

    def clean_price_mod_minor(self) -> int:
        return self.cleaned_data["price_mod_minor"] or 0

    def clean_deposit_mod_minor(self) -> int:
        return self.cleaned_data["deposit_mod_minor"] or 0


class VariantInline(PartInline[Variant, Product]):
    model = Variant
    form = VariantForm
    fields = ("name", "price_minor", "deposit_minor", "stock", "order")


class OptionInline(PartInline[Option, Product]):
    model = Option
    form = OptionForm
    fields = ("name", "price_mod_minor", "deposit_mod_minor", "order")


@admin.register(Product)
class ProductAdmin(DraftsAdmin[Product]):
    form = ProductForm
    inlines = (VariantInline, OptionInline)
    read_template = "admin/editions/product/read.html"
    related = (*DraftsAdmin.related, "category", "vendor")
    list_display = (
        "name",
        money_column("price_minor", "Price"),
        money_column("deposit_minor", "Deposit"),
        "stock",
        "standing",
        "category",
        "edition",
    )
    list_filter = (("edition", EditionFilter), "is_draft", "is_rental")
    search_fields = ("name", "external_id", "category__name")
    search_help_text = "Part of a name, a category or an external id."
    fieldsets = (
        (None, {"fields": ("name", "description", "category", "vendor", "is_draft", "order")}),
        ("Price", {"fields": ("price_minor", "deposit_minor", "price_tax_rate", "deposit_tax_rate")}),
        ("Use and stock", {"fields": ("is_rental", "uses", "is_unlimited_use", "stock", "external_id")}),
        ("Pickup points", {"fields": ("locations",)}),
        ("Images", {"fields": ("gallery",)}),
    )

    def prepared(self, request: HttpRequest, row: Product, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        if "gallery" not in changes:
            return changes
        images = changes["gallery"].stored(row.edition.organization, **acting_of(request))
        tick_stored(request, name="gallery", files=images)
        return {**changes, "gallery": images}

    def write(self, request: HttpRequest, row: Product, changes: Mapping[str, Any]) -> None:
        own = {name: value for name, value in changes.items() if name not in ("variants", "options", "gallery")}
        save_product(
            row,
            changes=own,
            variants=_parts(changes.get("variants")),
            options=_parts(changes.get("options")),
            images=changes.get("gallery"),
            **acting_of(request),
        )

    def told(self, row: Product, name: str) -> tuple[str, Any]:
        if name == "gallery":
            return "Images", ", ".join(str(place.file) for place in row.gallery.select_related("file"))
        return ("Pickup points", super().told(row, name)[1]) if name == "locations" else super().told(row, name)

    def rows_of_trail(self, request: HttpRequest, row: Product) -> list[Model]:
        of_row = {"edition_id": row.edition_id, "product_id": row.pk}
        gone = [*deleted_rows(Variant, **of_row), *deleted_rows(Option, **of_row)]
        return [row, *row.variants.all(), *row.options.all(), *gone]

    def choices(self, request: HttpRequest, name: str, rows: QuerySet[Any], *, owner: Any) -> QuerySet[Any]:
        chosen = super().choices(request, name, rows, owner=owner)
        return chosen.select_related("organization") if name == "vendor" else chosen


def _parts(formset: Any) -> Parts:
    """What was done to a table of parts."""
    if formset is None:
        return Parts()
    formset.save(commit=False)
    changed = [
        (part, {name: getattr(part, name) for name in names if name != "id"}) for part, names in formset.changed_objects
    ]
    return Parts(added=formset.new_objects, changed=changed, removed=formset.deleted_objects)
