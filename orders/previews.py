"""Real orders for previews of messages."""

from collections.abc import Mapping
from typing import Any

from editions.messages.content import main_language_of
from editions.models import EmailMessage
from orders.messages import variables_of
from orders.models import Order
from preo.errors import InvalidField


def order_variables(message: EmailMessage, order: Order, *, language: str | None) -> Mapping[str, Any]:
    """What the message would say of the order. Raises InvalidField for an order of another organization."""
    if message.organization_id not in (order.organization_id, None):
        raise InvalidField("order_id", "other_organization", "This order belongs to another organization.")
    return variables_of(order, language=language or main_language_of(message.edition))


def orders_to_preview() -> Any:
    """Orders with all that a message says of them."""
    return Order.objects.select_related("customer", "edition__organization", "edition__event").defer("search_text")
