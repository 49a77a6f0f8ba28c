"""What one staff user sees of a customer beside the profile: only what is of organizations and editions in reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum

from consents.models import ConsentAnswer
from orders.models import Order
from orders.states import OrderStatus
from preo.accounts.models import Customer, Organization
from preo.api.roles import Role
from preo.money import Money
from refunds.models import RefundRequest

NEWEST_REFUNDS = 50


@dataclass(frozen=True, slots=True)
class Buying:
    """A customer's orders at one organization, as far as they are in reach; `spent` is in completed ones, by currency.

    `external_id` is empty for who works for single editions alone.
    """

    organization: Organization
    external_id: str
    order_count: int
    first_order_at: datetime | None
    last_order_at: datetime | None
    spent: Sequence[Money]


def buying_of(customer: Customer, *, user: Any) -> list[Buying]:
    """One for each organization through which the user reaches the customer, by its name. Three queries."""
    known = dict(
        customer.known_by.filter(
            organization_id__in=user.reach.organizations_at_least(Role.STAFF), merged_from=None
        ).values_list("organization_id", "external_id")
    )
    sums = _sums_of(customer, user=user)
    organizations = Organization.objects.filter(pk__in={*known, *sums})
    return [
        _buying(organization, known.get(organization.pk) or "", sums.get(organization.pk, []))
        for organization in organizations
    ]


def consents_of(customer: Customer, *, user: Any) -> list[ConsentAnswer]:
    """The answer to each consent that holds. One query."""
    answers = ConsentAnswer.objects.visible_to(user, role=Role.STAFF).filter(known__customer=customer)
    in_order = answers.that_hold().select_related("consent")
    return list(in_order.order_by("consent__organization_id", "consent__order", "line_id"))


def refunds_of(customer: Customer, *, user: Any) -> list[RefundRequest]:
    """The newest of the customer's orders. One query."""
    refunds = RefundRequest.objects.visible_to(user, role=Role.STAFF).filter(order__customer=customer)
    return list(refunds.order_by("-created", "-id")[:NEWEST_REFUNDS])


def _sums_of(customer: Customer, *, user: Any) -> dict[str, list[Any]]:
    """By organization, a sum for each currency."""
    orders = Order.objects.visible_to(user, role=Role.STAFF).filter(customer=customer)
    by_currency = orders.order_by("organization_id", "currency").values("organization_id", "currency")
    found = by_currency.annotate(
        count=Count("id"),
        first=Min("created"),
        last=Max("created"),
        spent_minor=Sum("amount_minor", filter=Q(status=OrderStatus.COMPLETED), default=0),
    )
    return {key: list(sums) for key, sums in groupby(found, key=itemgetter("organization_id"))}


def _buying(organization: Organization, external_id: str, sums: Sequence[Any]) -> Buying:
    return Buying(
        organization=organization,
        external_id=external_id,
        order_count=sum(found["count"] for found in sums),
        first_order_at=min((found["first"] for found in sums), default=None),
        last_order_at=max((found["last"] for found in sums), default=None),
        spent=[Money(found["spent_minor"], found["currency"]) for found in sums],
    )
