"""How much of an organization belongs to customers."""

from collections.abc import Collection, Mapping

from django.db.models import Q

from consents.models import ConsentAnswer
from orders.models import Cart, Order, Purchase
from preo.accounts.models import Customer, Organization
from refunds.models import RefundRequest


def counts_of(organization: Organization, customer_ids: Collection[str]) -> Mapping[str, int]:
    """How many rows of each kind these customers have at the organization. One query for each kind."""
    orders = Order.objects.filter(organization=organization, customer__in=customer_ids)
    return {
        "orders": orders.count(),
        "purchases": Purchase.objects.filter(order__in=orders.order_by().values("pk")).count(),
        "carts": Cart.objects.filter(edition__organization=organization, customer__in=customer_ids).count(),
        "refunds": RefundRequest.objects.filter(order__in=orders.order_by().values("pk")).count(),
        "answers": ConsentAnswer.objects.filter(
            known__organization=organization, known__customer__in=customer_ids
        ).count(),
    }


def mentions_of(organization: Organization, customer: Customer) -> int:
    """How many refunds of the customer have a comment or a reason that names them. One query."""
    words = filter(None, (customer.full_name, customer.email, customer.phone_number))
    named = [Q(**{f"{column}__icontains": word}) for word in words for column in ("comment", "rejection_reason")]
    refunds = RefundRequest.objects.filter(organization=organization, order__customer=customer)
    return refunds.filter(Q(*named, _connector=Q.OR)).count() if named else 0
