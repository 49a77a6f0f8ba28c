"""Customers who bought in an edition, for routes that are about those."""

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
