"""How much of an organization belongs to customers."""

from collections.abc import Collection, Mapping

from consents.models import ConsentAnswer
from orders.models import Cart, Order, Purchase
from preo.accounts.models import Organization
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
