"""Everything about one order, gathered for its page; apps above add their parts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from orders.models import CartItem, Order, Purchase, Transaction
from preo.accounts.models import OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.audit.trail import Entry, trail_of

Paid = Purchase | Transaction


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done next with a purchase or payment; or, in words, why it can't."""

    label: str
    url: str
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A purchase or payment, and what can be done with it."""

    row: Any
    actions: list[Action]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page that a later app adds; the history of `rows` joins the order's."""

    title: str
    template: str
    context: dict[str, Any]
    rows: Sequence[Model] = field(default=())


@dataclass(frozen=True, slots=True)
class OrderPage:
    """What the template shows."""

    order: Order
    customer_here: OrganizationCustomer | None
    items: list[CartItem]
    payments: list[PaidRow]
    purchases: list[PaidRow]
    sections: list[Section]
    trail: list[Entry]


MakeSection = Callable[[Order, StaffUser], Section]
MakeAction = Callable[[Paid, StaffUser], Action]

_sections: list[MakeSection] = []
_actions: list[MakeAction] = []


def order_section(make: MakeSection) -> MakeSection:
    """Registers a part of the page."""
    _sections.append(make)
    return make


def paid_action(make: MakeAction) -> MakeAction:
    """Registers something to do with purchases and payments; it must not query."""
    _actions.append(make)
    return make


def order_page(order: Order, user: StaffUser) -> OrderPage:
    """A number of queries that doesn't grow with the order. Needs `edition__event` and `customer` loaded."""
    payments = list(order.transactions.all())
    purchases = list(_purchases(order, payments))
    sections = [make(order, user) for make in _sections]
    return OrderPage(
        order=order,
        customer_here=_customer_here(order, user),
        items=list(order.cart.items.select_related("location")) if order.cart else [],
        payments=[_with_actions(payment, user) for payment in payments],
        purchases=[_with_actions(purchase, user) for purchase in purchases],
        sections=sections,
        trail=trail_of(_told(order, payments, purchases, sections), currency=order.currency),
    )


def rows_told(order: Order, user: StaffUser) -> list[Model]:
    """Everything whose history is the order's as well."""
    payments = list(order.transactions.all())
    return _told(order, payments, list(_purchases(order, payments)), [make(order, user) for make in _sections])


def _customer_here(order: Order, user: StaffUser) -> OrganizationCustomer | None:
    """What the organization knows; nothing for those who work for one edition of it alone."""
    if order.organization_id not in user.reach.organizations_at_least(Role.STAFF):
        return None
    known = OrganizationCustomer.objects.filter(organization_id=order.organization_id)
    return known.filter(customer_id=order.customer_id).first()


def _purchases(order: Order, payments: list[Transaction]) -> Iterator[Purchase]:
    """With order and payment from what is loaded, so that no row asks for them again."""
    by_id = {payment.pk: payment for payment in payments}
    for payment in payments:
        payment.order = order
    for purchase in order.purchases.select_related("vendor__organization"):
        purchase.order = order
        purchase.transaction = by_id.get(purchase.transaction_id or "")
        yield purchase


def _with_actions(paid: Paid, user: StaffUser) -> PaidRow:
    return PaidRow(paid, [make(paid, user) for make in _actions])


def _told(order: Order, payments: list[Transaction], purchases: list[Purchase], sections: list[Section]) -> list[Model]:
    return [order, *payments, *purchases, *(row for section in sections for row in section.rows)]
