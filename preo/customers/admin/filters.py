"""What the list of customers is narrowed by."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.api.roles import Role
from preo.backoffice.scoped_admin import SHOWN_CHOICES, reach_of
from preo.public_ids import NotAPublicId, parse

Choices = list[tuple[str, str]]


class KnownToFilter(SimpleListFilter):
    """By the organizations in reach, where there are several."""

    title = "organization"
    parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        within = reach_of(request.user).organizations_at_least(Role.STAFF)
        rows = Organization.objects.filter(pk__in=within)[:SHOWN_CHOICES] if len(within) > 1 else ()
        return [(row.pk, str(row)) for row in rows]

    def has_output(self) -> bool:
        """Also when somebody asks for what isn't offered: it must narrow the list, not be ignored."""
        return super().has_output() or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        asked = self.value()
        if not asked:
            return queryset
        if asked not in reach_of(request.user).organizations_at_least(Role.STAFF):
            return queryset.none()
        known = OrganizationCustomer.objects.filter(organization_id=asked, merged_from=None)
        return queryset.filter(pk__in=known.values("customer_id"))


class OrderedInFilter(SimpleListFilter):
    """Who ordered in an edition in reach."""

    title = "edition"
    parameter_name = "edition"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        rows = Edition.objects.visible_to(request.user, role=Role.STAFF).select_related("event")
        return [(row.pk, str(row)) for row in rows[:SHOWN_CHOICES]]

    def has_output(self) -> bool:
        """See KnownToFilter."""
        return super().has_output() or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        asked = self.value()
        if not asked:
            return queryset
        try:
            parse("edt", asked)
        except NotAPublicId:
            return queryset.none()
        orders = Order.objects.visible_to(request.user, role=Role.STAFF).filter(edition_id=asked)
        return queryset.filter(pk__in=orders.values("customer_id"))


DAYS: Mapping[str, int] = {"1": 1, "7": 7, "30": 30, "365": 365}
LONGER_AGO = "longer"
NEVER = "never"


class LastSeenFilter(SimpleListFilter):
    title = "last seen"
    parameter_name = "seen"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("1", "Within a day"),
            ("7", "Within 7 days"),
            ("30", "Within 30 days"),
            ("365", "Within a year"),
            (LONGER_AGO, "More than a year ago"),
            (NEVER, "Never"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        asked, now = self.value() or "", timezone.now()
        if not asked:
            return queryset
        if asked == NEVER:
            return queryset.filter(last_seen=None)
        if asked == LONGER_AGO:
            return queryset.filter(last_seen__lt=now - timedelta(days=365))
        return queryset.filter(last_seen__gte=now - timedelta(days=DAYS[asked])) if asked in DAYS else queryset.none()
