"""Editions for staff."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from editions.admin.filters import DateStatusFilter, VisibilityFilter
from editions.choices import DateStatus
from editions.models import Edition
from preo.backoffice.scoped_admin import ReachableFilter, ScopedAdmin
from preo.backoffice.template_tags import pill


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
