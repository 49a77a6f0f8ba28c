"""Editions for staff, read-only; roles on single editions for the platform's superusers."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter, display
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from editions.choices import DateStatus
from editions.models import Edition, EditionMembership
from preo.backoffice.platform_admin import PlatformAdmin
from preo.backoffice.scoped_admin import ReachableFilter, ScopedAdmin
from preo.backoffice.template_tags import pill

VISIBILITIES = {
    "draft": {"is_draft": True, "is_archived": False},
    "published": {"is_draft": False, "is_archived": False},
    "archived": {"is_archived": True},
}


class EditionFilter(ReachableFilter):
    """For rows of an edition: the editions in reach, by their full names."""

    related = ("event",)


class DateStatusFilter(SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(status.value, status.label) for status in DateStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        rows: Any = queryset  # annotated with `status`
        return rows.filter(status=self.value()) if self.value() else rows  # type: ignore[no-any-return]


class VisibilityFilter(SimpleListFilter):
    title = "visibility"
    parameter_name = "visibility"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in VISIBILITIES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        return queryset.filter(**VISIBILITIES.get(self.value() or "", {}))


@admin.register(Edition)
class EditionAdmin(ScopedAdmin[Edition]):
    related = ("organization", "event")
    list_display = ("edition", "organization", "dates", "date_status", "visibility", "currency")
    list_filter = (DateStatusFilter, VisibilityFilter, ("organization", ReachableFilter))
    search_fields = ("name", "event__name", "slug")
    search_help_text = "Part of the name of an edition or its event."
    ordering = ("-start_date", "-id")
    fieldsets = (
        (None, {"fields": ("name", "event", "organizer", "slug", "date_status", "visibility", "published_at")}),
        ("Dates", {"fields": ("start_date", "end_date", "timezone")}),
        ("Languages and country", {"fields": ("default_language", "enabled_languages", "default_country_code")}),
        (
            "Money and tax",
            {
                "fields": (
                    "currency",
                    "tax_type",
                    "default_price_tax_rate",
                    "default_deposit_tax_rate",
                    "default_packaging_deposit_tax_rate",
                    "fee_rule",
                    "merchant_account",
                )
            },
        ),
        (
            "Messages",
            {"fields": ("email_sender_name", "email_sender_address", "email_reply_to", "sms_sender_name")},
        ),
    )
    readonly_fields = ("organizer", "date_status", "visibility")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        rows: Any = super().get_queryset(request)
        return rows.with_status(timezone.now())  # type: ignore[no-any-return]  # the manager is untyped

    @display(description="Edition", ordering="name")
    def edition(self, edition: Edition) -> str:
        return edition.full_name

    @display(description="Organization")
    def organizer(self, edition: Edition) -> str:
        """By name alone: the organization's own page is for superusers."""
        return edition.organization.name

    @display(description="Dates", ordering="start_date")
    def dates(self, edition: Edition) -> str:
        days = [_day(moment) for moment in (edition.start_date, edition.end_date) if moment]
        return " \u2013 ".join(dict.fromkeys(days)) or "No dates"

    @display(description="Status")
    def date_status(self, edition: Any) -> SafeString:
        return pill(edition.status, DateStatus(edition.status).label)

    @display(description="Visibility")
    def visibility(self, edition: Edition) -> SafeString:
        name = "archived" if edition.is_archived else "draft" if edition.is_draft else "published"
        return pill(name, name.capitalize())


def _day(moment: datetime) -> str:
    return f"{moment:%-d %b %Y}"


@admin.register(EditionMembership)
class EditionMembershipAdmin(PlatformAdmin[EditionMembership]):
    can_delete = True
    list_display = ("staff_user", "edition", "role")
    list_filter = ("role",)
    list_select_related = ("staff_user", "edition__event")
    search_fields = ("staff_user__email", "edition__name")
    autocomplete_fields = ("staff_user",)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "edition":
            kwargs["queryset"] = Edition.objects.select_related("event").order_by("name", "id")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
