"""What a list of customers can be narrowed to."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from consents.models import Consent, ConsentAnswer
from editions.models import Edition
from orders.models import Order
from preo.api.filters import MomentFilter, TextFilter, VisibleRowFilter
from preo.api.roles import Role


class OrderedInFilter(VisibleRowFilter):
    """Customers with an order in the edition."""

    def narrow(self, queryset: QuerySet[Any], row: Edition) -> QuerySet[Any]:
        return queryset.filter(pk__in=Order.objects.filter(edition=row).order_by().values("customer_id"))


class HasConsentFilter(VisibleRowFilter):
    """Customers whose newest answer to the consent is that they agree, to this version of it or a later one."""

    def narrow(self, queryset: QuerySet[Any], row: Consent) -> QuerySet[Any]:
        given = ConsentAnswer.objects.filter(line=row.line_id, version__gte=row.version).given().that_hold().order_by()
        return queryset.filter(pk__in=given.values("known__customer_id"))


class UserFilter(django_filters.FilterSet):
    created_after = MomentFilter("created", "gte", help_text="`created` at or after this moment.")
    created_before = MomentFilter("created", "lt", help_text="`created` before this moment.")
    edition_id = OrderedInFilter(rows=Edition.objects.all, help_text="`edt_…`: with an order in this edition.")
    has_consent = HasConsentFilter(
        rows=Consent.objects.all,
        help_text=(
            "`cns_…`: whose newest answer to this consent is `given`, to this version or a later one. By the first "
            "version's id, who agreed to any; by the id of the one in force, who agreed to that."
        ),
    )
    last_seen_after = MomentFilter("last_seen", "gte", help_text="Last seen at or after this moment.")
    last_seen_before = MomentFilter("last_seen", "lt", help_text="Last seen before this moment.")
    search = TextFilter(
        method="by_anything",
        help_text="Part of the name or e-mail address, in any case, or of the phone number, in any notation; or the "
        "whole address or number of a duplicate that was merged.",
    )

    def by_anything(self, queryset: Any, name: str, value: str) -> Any:
        request: Any = self.request
        merged_in = request.user.reach.organizations_at_least(Role.GUEST)
        return queryset.containing(value, merged_in=merged_in)
