"""Two customers of one organization who may be the same person."""

from editions.models import Edition
from orders.models import Order
from preo.accounts.customers import Spent, note_orders
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.customers.comparing import MergePreview
from preo.customers.operations.merging import merge_customers
from tests.factories import NOON, make_order


def merge(keep: Customer, duplicate: Customer, organization: Organization, by: StaffUser) -> MergePreview:
    return merge_customers(keep, duplicate, organization=organization, by=by, reason="Same person", now=NOON)


def known(organization: Organization, customer: Customer) -> OrganizationCustomer:
    return OrganizationCustomer.objects.get(organization=organization, customer=customer, merged_from=None)


def ordered(edition: Edition, customer: Customer, *, units: int = 1, external_id: str = "") -> Order:
    """An order that the organization has counted."""
    order = make_order(edition, customer=customer, units=units)
    spent = Spent(customer.pk, external_id, order.created, order.amount_minor, order.currency)
    note_orders(edition.organization, spent=[spent], now=NOON)
    return order
