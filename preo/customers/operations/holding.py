"""What is locked before anything of a customer moves to another: always in this order, so that nobody waits in a ring.

The organization, as imports do, so that no order comes for a customer who is going; the rows of what it knows, so that
no answer comes; the customers, as every organization may hold them, so that nobody comes to know one meanwhile; their
payments, as refunds do; their orders, as receipts do.
"""

from collections.abc import Collection, Mapping

from orders.models import Cart, Order, Transaction
from preo.accounts.models import Customer, Organization, OrganizationCustomer


def hold_organization(organization_id: str) -> Organization:
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def hold_known(organization: Organization, customer_ids: Collection[str]) -> list[OrganizationCustomer]:
    """What the organization knows of these customers, and of the duplicates that were merged into them.

    Not only against changes: an answer that is being given refers to such a row, and must be there or not be there.
    """
    rows = OrganizationCustomer.objects.filter(organization=organization, customer__in=customer_ids)
    return list(rows.select_for_update(of=("self",)).order_by("id"))


def hold_customers(customer_ids: Collection[str]) -> Mapping[str, Customer]:
    """By id. Whoever is about to refer to one of them, whichever organization that is for, waits."""
    rows = Customer.objects.filter(pk__in=customer_ids).select_for_update(of=("self",)).order_by("id")
    return {customer.pk: customer for customer in rows}


def hold_orders(organization: Organization, customer_ids: Collection[str]) -> list[str]:
    """The ids of the organization's orders of these customers."""
    orders = Order.objects.filter(organization=organization, customer__in=customer_ids)
    paid = Transaction.objects.filter(order__in=orders.order_by().values("pk"))
    list(paid.select_for_update(of=("self",), no_key=True).order_by("id").values_list("pk"))
    return list(orders.select_for_update(of=("self",), no_key=True).order_by("id").values_list("pk", flat=True))


def known_elsewhere(organization: Organization, customer_ids: Collection[str]) -> set[str]:
    """Which of these customers any other organization knows, by whatever they left there. They must be held.

    Rule: "Erasure" in docs/rules.md; what an organization sees never depends on it.
    """
    others = OrganizationCustomer.objects.exclude(organization=organization)
    carts = Cart.objects.exclude(edition__organization=organization)
    found = (
        others.filter(customer__in=customer_ids).values_list("customer_id", flat=True),
        others.filter(merged_from__in=customer_ids).values_list("merged_from_id", flat=True),
        Order.objects.exclude(organization=organization)
        .filter(customer__in=customer_ids)
        .order_by()
        .values_list("customer_id", flat=True)
        .distinct(),
        carts.filter(customer__in=customer_ids).values_list("customer_id", flat=True).distinct(),
    )
    return {str(key) for keys in found for key in keys}
