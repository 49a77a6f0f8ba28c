"""Organizations, people and credentials, for the platform's superusers."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from preo.accounts.models import Membership, Organization, ServiceToken, StaffUser
from preo.accounts.operations import revoke_service_token
from preo.backoffice.platform_admin import PlatformAdmin
from preo.recording import recorded


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

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with recorded("set_password", by=request.user):
            return super().user_change_password(request, *args, **kwargs)


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
