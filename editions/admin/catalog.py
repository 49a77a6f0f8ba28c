"""Categories, pickup points and vendors for staff."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from editions.admin.rows import DraftsAdmin, EditionRowAdmin
from editions.models import Category, Location, VendorParticipation
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.scoped_admin import reach_of


class OrderForm(EditableForm):
    def prepare(self) -> None:
        self.fields["order"].label = "Place in lists"
        self.fields["order"].help_text = "Smaller numbers come first."


@admin.register(Category)
class CategoryAdmin(EditionRowAdmin[Category]):
    form = OrderForm
    list_display = ("name", "order", "products", "edition")
    search_fields = ("name",)
    search_help_text = "Part of a name."
    fieldsets = ((None, {"fields": ("name", "order")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).annotate(product_count=Count("products"))

    @display(description="Products", ordering="product_count")
    def products(self, category: Any) -> int:
        return int(category.product_count)


class LocationForm(EditableForm):
    def prepare(self) -> None:
        self.fields["is_draft"].label = "Draft"
        self.fields["is_draft"].help_text = "Customers can't choose it."


@admin.register(Location)
class LocationAdmin(DraftsAdmin[Location]):
    form = LocationForm
    words = ("Open", "Draft")
    list_display = ("name", "standing", "products", "edition")
    list_filter = (*EditionRowAdmin.list_filter, "is_draft")
    search_fields = ("name",)
    search_help_text = "Part of a name."
    fieldsets = ((None, {"fields": ("name", "is_draft")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Location]:
        return super().get_queryset(request).annotate(product_count=Count("products"))

    @display(description="Products", ordering="product_count")
    def products(self, location: Any) -> int:
        return int(location.product_count)


class VendorForm(EditableForm):
    def prepare(self) -> None:
        self.fields["vendor_code"].help_text = "Printed on receipts; unique in the edition."


@admin.register(VendorParticipation)
class VendorAdmin(EditionRowAdmin[VendorParticipation]):
    form = VendorForm
    related = (*EditionRowAdmin.related, "organization")
    list_display = ("vendor_code", "vendor", "edition")
    search_fields = ("vendor_code", "organization__name")
    search_help_text = "Part of a code or a name."
    readonly_fields = ("vendor",)

    def get_fieldsets(self, request: HttpRequest, obj: VendorParticipation | None = None) -> Any:
        """Who sells is said once: what was sold names the vendor."""
        return ((None, {"fields": ("vendor", "vendor_code") if obj else ("organization", "vendor_code")}),)

    def choices(self, request: HttpRequest, name: str, rows: QuerySet[Any], *, owner: Any) -> QuerySet[Any]:
        """The organizer itself, whom the user works for, and who took part in an edition of the organizer before."""
        mine = [owner.organization_id, *reach_of(request.user).organizations]
        known = Q(pk__in=mine) | Q(participations__edition__organization_id=owner.organization_id)
        everybody: QuerySet[Any] = rows.model._default_manager.all()
        return everybody if getattr(request.user, "is_superuser", False) else everybody.filter(known).distinct()

    @display(description="Vendor", ordering="organization__name")
    def vendor(self, row: VendorParticipation) -> str:
        """By name alone: the organization's own page is for superusers."""
        return row.organization.name
