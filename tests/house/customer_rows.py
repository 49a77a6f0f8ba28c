"""Customers who bought in an edition, for routes that are about those."""

from typing import Any

from editions.models import Edition
from preo.accounts.models import Customer, OrganizationCustomer
from preo.api.roles import Role
from tests.consents.asking import answer, make_asked
from tests.factories import make_customer, make_purchase, make_refund, make_staff


def a_customer(edition: Edition, children: int = 1) -> Customer:
    """With so many orders, of each of which a refund is asked for, and so many consents."""
    customer = make_customer(edition.organization)
    known = OrganizationCustomer.objects.get(customer=customer)
    asker = make_staff(
        f"asker-{customer.pk}@{edition.organization.slug}.example", organization=edition.organization, role=Role.STAFF
    )
    for _ in range(children):
        make_refund(make_purchase(edition, customer=customer), by=asker)
        answer(known, make_asked(edition.organization, edition=edition))
    return customer


def a_customer_with_a_duplicate(edition: Edition, children: int = 1) -> Customer:
    """Both have bought so much."""
    customer = a_customer(edition, children)
    duplicate = make_customer(edition.organization, email=f"{customer.pk}@example.org")
    for _ in range(children):
        make_purchase(edition, customer=duplicate)
    return customer


def the_duplicate(customer: Customer) -> dict[str, Any]:
    """To merge it; the same body whenever this is asked."""
    return {"duplicate_id": Customer.objects.get(email=f"{customer.pk}@example.org").pk, "reason": "One person"}
