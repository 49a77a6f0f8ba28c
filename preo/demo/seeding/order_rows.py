"""Carts, orders, payments, units and customers as lines for COPY."""

from collections.abc import Iterable, Iterator

import orjson

from orders.models import Cart, CartItem, Order, Purchase, Transaction
from orders.search import text_of
from orders.states import CartStatus, OrderStatus, OrderType, PurchaseStatus
from preo.accounts import models
from preo.demo.seeding.baskets import Basket, Unit
from preo.demo.seeding.copying import NULL, Table, escaped
from preo.demo.seeding.customers import Account, Customer
from preo.demo.seeding.moments import MINUTE, Calendar
from preo.demo.seeding.random_ids import Ids, typed
from preo.demo.seeding.refunding import Given, counted
from refunds.amounts import Parts
from refunds.states import HOLDS_RESERVATION, RefundStatus

CUSTOMERS = Table.of(
    models.Customer,
    "id created modified full_name email phone_number locale date_joined last_seen metadata",
)
ACCOUNTS = Table.of(
    models.OrganizationCustomer,
    "id created modified organization_id customer_id external_id first_order_at last_order_at order_count"
    " total_spent_minor merged_from_id erased_at",
)
CARTS = Table.of(
    Cart,
    "id created modified edition_id customer_id status coupon_id coupon_code currency subtotal_minor deposit_minor"
    " handling_fee_minor service_fee_minor discount_minor tax_minor total_minor",
)
CART_ITEMS = Table.of(
    CartItem,
    "id created modified cart_id product_id product_name variant_id variant_name location_id location_name quantity"
    " options price_with_options_minor deposit_with_options_minor handling_fee_minor",
)
ORDERS = Table.of(
    Order,
    "id created modified organization_id edition_id customer_id cart_id order_number type status amount_minor currency"
    " items_count metadata external_id search_text",
)
TRANSACTIONS = Table.of(
    Transaction,
    "id created modified order_id type status service merchant_account_id provider_reference currency amount_minor"
    " handling_fee_minor service_fee_minor service_fee_reserved_minor service_fee_refunded_minor reserved_minor"
    " refunded_minor outside_minor",
)
PURCHASES = Table.of(
    Purchase,
    "id created modified order_id transaction_id customer_id product_id product_name variant_id variant_name"
    " location_id location_name vendor_id vendor_code options status price_minor deposit_minor handling_fee_minor"
    " price_reserved_minor price_refunded_minor deposit_reserved_minor deposit_refunded_minor"
    " handling_fee_reserved_minor handling_fee_refunded_minor available_uses is_unlimited_use metadata",
)

TABLES = (CUSTOMERS, ACCOUNTS, CARTS, CART_ITEMS, ORDERS, TRANSACTIONS, PURCHASES)

_CART_STATUS = {
    OrderStatus.PENDING: CartStatus.CREATED,
    OrderStatus.CONFIRMED: CartStatus.ORDERED,
    OrderStatus.COMPLETED: CartStatus.ORDERED,
    OrderStatus.CANCELLED: CartStatus.ABANDONED,
}
_NOTHING = Parts(None)
_PROCESSED = frozenset({RefundStatus.PROCESSED})


def customer_row(customer: Customer, calendar: Calendar) -> str:
    who, joined, seen = customer.person, calendar.text(customer.joined), calendar.text(customer.last_seen)
    return (
        f"{customer.id}\t{joined}\t{joined}\t{escaped(who.name)}\t{who.email}\t{who.phone}\t{who.locale}"
        f"\t{joined}\t{seen}\t{{}}\n"
    )


def account_row(account: Account, ids: Ids, calendar: Calendar) -> str:
    first, last = calendar.text(account.first_order), calendar.text(account.last_order)
    return (
        f"{ids.hex(account.first_order)}\t{first}\t{last}\t{account.organization}\t{account.customer}\t{NULL}"
        f"\t{first}\t{last}\t{account.orders}\t{orjson.dumps(account.spent).decode()}\t{NULL}\t{NULL}\n"
    )


def cart_row(order: Basket, customer: Customer, calendar: Calendar) -> str:
    placement, sums = order.placement, order.sums
    began, ordered = calendar.text(placement.moment - MINUTE), calendar.text(placement.moment)
    return (
        f"{order.cart_id}\t{began}\t{ordered}\t{placement.shop.edition}\t{customer.id}"
        f"\t{_CART_STATUS[placement.script.status].value}\t{order.coupon_text}\t{placement.shop.currency}"
        f"\t{sums.subtotal}\t{sums.deposit}\t{sums.handling_fee}\t{sums.service_fee}\t{sums.discount}\t{sums.tax}"
        f"\t{sums.total}\n"
    )


def cart_item_rows(order: Basket, calendar: Calendar) -> Iterator[str]:
    began = calendar.text(order.placement.moment - MINUTE)
    for line in order.lines:
        offer = line.offer
        yield (
            f"{line.id}\t{began}\t{began}\t{order.cart_id}\t{offer.product_text}\t{line.place}\t{line.quantity}"
            f"\t{offer.options_text}\t{offer.price}\t{offer.deposit}\t{offer.handling_fee}\n"
        )


def order_row(order: Basket, customer: Customer, calendar: Calendar) -> str:
    placement, script, shop = order.placement, order.placement.script, order.placement.shop
    is_imported = script.type == OrderType.IMPORTED
    return (
        f"{order.id}\t{calendar.text(placement.moment)}\t{calendar.text(order.modified)}\t{shop.organization}"
        f"\t{shop.edition}\t{customer.id}\t{order.cart_id or NULL}\t{order.order_number or NULL}\t{script.type.value}"
        f"\t{script.status.value}\t{order.sums.total}\t{shop.currency}\t{len(order.units)}\t{{}}"
        f"\t{f'old-shop-{placement.number}' if is_imported else NULL}\t{escaped(_search_text(order, customer))}\n"
    )


def transaction_rows(order: Basket, given: list[Given], calendar: Calendar) -> Iterator[str]:
    sums = order.sums
    for payment in order.payments:
        # Refunds are of the payment that went through, which is the last.
        counters = _transaction_counters(given) if payment is order.payments[-1] and given else "0\t0\t0\t0"
        at = calendar.text(payment.moment)
        yield (
            f"{payment.id}\t{at}\t{at}\t{order.id}\t{order.placement.script.type.value}\t{payment.status.value}"
            f"\t{payment.service}\t{payment.account}\t{payment.reference}\t{order.placement.shop.currency}\t{sums.total}"
            f"\t{sums.handling_fee}\t{sums.service_fee}\t{counters}\t0\n"
        )


def purchase_rows(order: Basket, customer: Customer, given: list[Given], calendar: Calendar) -> Iterator[str]:
    reserved, refunded = counted(given, HOLDS_RESERVATION), counted(given, _PROCESSED)
    at, changed = calendar.text(order.placement.moment), calendar.text(order.modified)
    transaction = order.payments[-1].id if order.payments else NULL
    for unit in order.units:
        offer, held, gone = unit.offer, reserved.get(unit.id, _NOTHING), refunded.get(unit.id, _NOTHING)
        status = _status(order, unit, gone)
        yield (
            f"{unit.id}\t{at}\t{changed}\t{order.id}\t{transaction}\t{customer.id}\t{offer.product_text}\t{unit.place}"
            f"\t{offer.vendor_text}\t{offer.options_text}\t{status.value}"
            f"\t{unit.price}\t{offer.deposit}\t{offer.handling_fee}"
            f"\t{held.price_minor}\t{gone.price_minor}\t{held.deposit_minor}\t{gone.deposit_minor}"
            f"\t{held.handling_fee_minor}\t{gone.handling_fee_minor}"
            f"\t{_uses_left(unit)}\t{offer.is_unlimited_use}\t{{}}\n"
        )


def _search_text(order: Basket, customer: Customer) -> str:
    return text_of(
        order_id=typed("ord", order.id),
        order_number=order.order_number,
        customer_name=customer.person.name,
        customer_email=customer.person.email,
        customer_phone=customer.person.phone,
        transaction_ids=[typed("trx", payment.id) for payment in order.payments],
    )


def _transaction_counters(given: list[Given]) -> str:
    reserved = counted(given, HOLDS_RESERVATION)
    refunded = counted(given, _PROCESSED)
    fees = (counts.get(None, _NOTHING).service_fee_minor for counts in (reserved, refunded))
    wholes = (_total(counts.values()) for counts in (reserved, refunded))
    return "\t".join(map(str, (*fees, *wholes)))


def _total(parts: Iterable[Parts]) -> int:
    return sum(part.total_minor for part in parts)


def _status(order: Basket, unit: Unit, gone: Parts) -> PurchaseStatus:
    status = order.placement.script.status
    if status == OrderStatus.CANCELLED:
        return PurchaseStatus.CANCELLED
    if status != OrderStatus.COMPLETED:
        return PurchaseStatus.RESERVED
    if 0 < unit.price == gone.price_minor:
        return PurchaseStatus.REFUNDED
    return PurchaseStatus.USED if unit.is_used and not unit.offer.is_unlimited_use else PurchaseStatus.PAID


def _uses_left(unit: Unit) -> int:
    return 0 if unit.is_used and not unit.offer.is_unlimited_use else unit.offer.uses
