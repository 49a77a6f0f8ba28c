"""What the customer ordered, paid, left in carts and got back; amounts as the API's numbers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch

from orders.models import Cart, CartItem, Order, Purchase, Transaction
from preo.accounts.models import Customer, Organization
from preo.customers.archive.people import AT_ONCE, Rows
from preo.money import to_number
from refunds.models import RefundRequest

ORDERS_AT_ONCE = 100
"""Each comes with all of its purchases."""


def orders(customer: Customer, organization: Organization) -> Rows:
    """With their payments and purchases, oldest first."""
    rows = Order.objects.filter(organization=organization, customer=customer).defer("search_text")
    whole = rows.select_related("edition").prefetch_related(
        Prefetch("transactions", Transaction.objects.order_by("created", "id")),
        Prefetch("purchases", Purchase.objects.order_by("created", "id")),
    )
    return map(_order, whole.order_by("created", "id").iterator(chunk_size=ORDERS_AT_ONCE))


def carts(customer: Customer, organization: Organization) -> Rows:
    """Also those that were never ordered, oldest first."""
    rows = Cart.objects.filter(edition__organization=organization, customer=customer)
    whole = rows.prefetch_related(Prefetch("items", CartItem.objects.order_by("id")))
    return map(_cart, whole.order_by("created", "id").iterator(chunk_size=ORDERS_AT_ONCE))


def refunds(customer: Customer, organization: Organization) -> Rows:
    """Whatever became of them, oldest first."""
    rows = RefundRequest.objects.filter(organization=organization, order__customer=customer)
    return map(_refund, rows.order_by("created", "id").iterator(chunk_size=AT_ONCE))


def _order(order: Order) -> Mapping[str, Any]:
    return {
        "id": order.pk,
        "order_number": order.order_number,
        "external_id": order.external_id,
        "edition_id": order.edition_id,
        "edition": order.edition.name,
        "type": order.type,
        "status": order.status,
        **_amounts(order, "amount"),
        "items_count": order.items_count,
        "metadata": order.metadata,
        "created": order.created,
        "modified": order.modified,
        "payments": list(map(_payment, order.transactions.all())),
        "purchases": [_purchase(unit, order.currency) for unit in order.purchases.all()],
    }


def _payment(paid: Transaction) -> Mapping[str, Any]:
    return {
        "id": paid.pk,
        "type": paid.type,
        "status": paid.status,
        "service": paid.service,
        "provider_reference": paid.provider_reference,
        **_amounts(paid, "amount", "handling_fee", "service_fee", "refunded", "outside"),
        "created": paid.created,
    }


def _purchase(unit: Purchase, currency: str) -> Mapping[str, Any]:
    return {
        "id": unit.pk,
        "transaction_id": unit.transaction_id,
        "product": unit.product_name,
        "variant": unit.variant_name,
        "location": unit.location_name,
        "options": list(_options(unit.options)),
        "status": unit.status,
        "currency": currency,
        **_amounts(unit, "price", "deposit", "handling_fee"),
        **_amounts(unit, "price_refunded", "deposit_refunded", "handling_fee_refunded"),
        "available_uses": unit.available_uses,
        "is_unlimited_use": unit.is_unlimited_use,
        "metadata": unit.metadata,
        "created": unit.created,
    }


def _cart(cart: Cart) -> Mapping[str, Any]:
    return {
        "id": cart.pk,
        "edition_id": cart.edition_id,
        "status": cart.status,
        "coupon_code": cart.coupon_code,
        **_amounts(cart, "subtotal", "deposit", "handling_fee", "service_fee", "discount", "tax", "total"),
        "created": cart.created,
        "items": [_item(item, cart.currency) for item in cart.items.all()],
    }


def _item(item: CartItem, currency: str) -> Mapping[str, Any]:
    return {
        "id": item.pk,
        "product": item.product_name,
        "variant": item.variant_name,
        "location": item.location_name,
        "quantity": item.quantity,
        "currency": currency,
        "options": list(_options(item.options)),
        **_amounts(item, "price_with_options", "deposit_with_options", "handling_fee"),
    }


def _refund(refund: RefundRequest) -> Mapping[str, Any]:
    return {
        "id": refund.pk,
        "order_id": refund.order_id,
        "transaction_id": refund.transaction_id,
        "purchase_id": refund.purchase_id,
        "reason": refund.reason,
        "scope": refund.scope,
        "status": refund.status,
        **_amounts(refund, "amount"),
        "comment": refund.comment,
        "rejection_reason": refund.rejection_reason,
        "created": refund.created,
        "approved_at": refund.approved_at,
        "rejected_at": refund.rejected_at,
        "refund_date": refund.refund_date,
    }


def _options(options: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """As they were when it was bought."""
    for option in options:
        yield {
            "api_id": option.get("api_id"),
            "name": option.get("name"),
            "price_mod": to_number(option.get("price_mod_minor", 0)),
            "deposit_mod": to_number(option.get("deposit_mod_minor", 0)),
        }


def _amounts(row: Any, *names: str) -> Mapping[str, Any]:
    """Each amount under its name, and the currency where the row has one."""
    amounts = {name: to_number(getattr(row, f"{name}_minor")) for name in names}
    return amounts | ({"currency": row.currency} if hasattr(row, "currency") else {})
