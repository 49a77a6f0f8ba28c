"""Customers for staff; organizations, people and credentials for the platform's superusers."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from preo.accounts.models import Customer, Membership, Organization, OrganizationCustomer, ServiceToken, StaffUser
from preo.accounts.operations import revoke_service_token
from preo.api.roles import Role
from preo.backoffice.platform_admin import PlatformAdmin
from preo.backoffice.scoped_admin import ScopedAdmin, holds_anywhere, reach_of
from preo.money import Money


class KnownByInline(admin.TabularInline[OrganizationCustomer, Customer]):
    """What the organizations in reach know of the customer; others' rows would tell where else somebody buys."""

    model = OrganizationCustomer
    fk_name = "customer"
    verbose_name_plural = "At your organizations"
    fields = readonly_fields = ("name", "order_count", "total_spent", "first_order_at", "last_order_at")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrganizationCustomer]:
        within = reach_of(request.user).organizations_at_least(Role.STAFF)
        return super().get_queryset(request).filter(organization_id__in=within).select_related("organization")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return holds_anywhere(request.user, Role.STAFF)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Organization")
    def name(self, row: OrganizationCustomer) -> str:
        """By name alone: the organization's own page is for superusers."""
        return row.organization.name

    @display(description="Total spent")
    def total_spent(self, row: OrganizationCustomer) -> str:
        sums = [Money(minor, currency).formatted() for currency, minor in sorted(row.total_spent_minor.items())]
        return ", ".join(sums) or "\u2013"


@admin.register(Customer)
class CustomerAdmin(ScopedAdmin[Customer]):
    list_display = ("name", "email", "phone_number", "date_joined", "last_seen")
    search_fields = ("full_name", "email", "phone_number")
    search_help_text = "Part of a name, an e-mail address or a phone number."
    fields = ("full_name", "email", "phone_number", "locale", "date_joined", "last_seen", "orders")
    readonly_fields = ("orders",)
    inlines = (KnownByInline,)

    @display(description="Customer", ordering="full_name")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @display(description="Orders")
    def orders(self, customer: Customer) -> str:
        orders = reverse("admin:orders_order_changelist")
        return format_html(
            '<a href="{}?{}">Show all orders</a>', orders, urlencode({"customer__id__exact": customer.pk})
        )


@admin.register(Organization)
class OrganizationAdmin(PlatformAdmin[Organization]):
    """Refund limits are not here: their page is the organization's own."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "avatar_key", "merchant_id")


class StaffUserChangeForm(UserChangeForm[StaffUser]):
    class Meta:
        model = StaffUser
        fields = (
            "email",
            "first_name",
            "last_name",
            "phone_number",
            "is_active",
            "is_staff",
            "is_superuser",
            "password",
        )
        field_classes: Any = {}


class StaffUserCreationForm(AdminUserCreationForm[StaffUser]):
    class Meta:
        model = StaffUser
        fields = ("email", "first_name", "last_name")
        field_classes: Any = {}


@admin.register(StaffUser)
class StaffUserAdmin(PlatformAdmin[StaffUser], UserAdmin[StaffUser]):
    """People; an organization's robot has nothing that a form could change."""

    form = StaffUserChangeForm
    add_form = StaffUserCreationForm
    list_display = ("email", "full_name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "phone_number")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffUser]:
        return super().get_queryset(request).filter(robot_of=None)


@admin.register(Membership)
class MembershipAdmin(PlatformAdmin[Membership]):
    can_delete = True
    list_display = ("staff_user", "organization", "role")
    list_filter = ("role",)
    list_select_related = ("staff_user", "organization")
    search_fields = ("staff_user__email", "organization__name")
    autocomplete_fields = ("staff_user", "organization")


@admin.register(ServiceToken)
class ServiceTokenAdmin(PlatformAdmin[ServiceToken]):
    """Issuing is a command, because a page would keep the token in somebody's history; revoking is here."""

    can_add = False
    can_change = False
    list_display = ("name", "organization", "role", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("role",)
    list_select_related = ("organization",)
    search_fields = ("name", "organization__name")
    fields = ("name", "organization", "role", "scopes", "expires_at", "last_used_at", "revoked_at", "created")
    actions = ("revoke",)

    @admin.action(description="Revoke selected tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ServiceToken]) -> None:
        for token in queryset:
            revoke_service_token(token, now=timezone.now())
        messages.success(request, "The selected tokens are revoked.")
