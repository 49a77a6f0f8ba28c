"""What of one organization belongs to a customer and can become another's: for merging and for erasing.

Steps of an operation, which holds everything first, see holding.py.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F

from orders.models import Cart, Order, Purchase
from preo.accounts.models import Customer, Organization


def move_what_was_bought(
    customer_ids: Collection[str], *, to: Customer, organization: Organization, now: datetime
) -> None:
    """Let the organization's orders of these customers, with their purchases, and their carts be those of `to`.

    What refers to an order, such as a refund, follows. Three statements, however much there is. What the orders are
    found by is still the caller's to write anew.
    """
    orders = Order.objects.filter(organization=organization, customer__in=customer_ids)
    # A purchase is its order's customer's, and is found through it: purchases by customer have no index.
    bought = Purchase.objects.filter(order__in=orders.order_by().values("pk"), customer=F("order__customer"))
    bought.update(customer=to, modified=now)
    orders.update(customer=to, modified=now)
    carts = Cart.objects.filter(edition__organization=organization, customer__in=customer_ids)
    carts.update(customer=to, modified=now)
