"""The history of a customer tells of all that is kept of them, as their page does."""

import pytest
from django.urls import reverse

from consents.operations.answering import record_answer
from orders.models import Order
from preo.accounts.models import Customer, CustomerExport, OrganizationCustomer
from preo.api.roles import Role
from preo.customers.operations.changing import change_customer
from preo.customers.operations.erasing import ask_for_erasure, call_off_erasure, carry_out_erasure
from preo.customers.operations.merging import merge_customers
from tests.backoffice.conftest import Pages
from tests.backoffice.test_customer_actions import make_consent
from tests.backoffice.test_histories import history, words_of
from tests.factories import NOON, make_customer, make_edition_member, make_order


@pytest.fixture
def freja(edition) -> Customer:
    customer = make_customer(edition.organization, email="freja@example.org", full_name="Freja Lund")
    make_order(edition, customer=customer)
    return customer


def merged(freja, ours, *, by) -> Customer:
    twin = make_customer(ours, email="f.lund@example.org", full_name="F. Lund")
    change_customer(twin, changes={"full_name": "Freja L."}, by=by, now=NOON)
    merge_customers(freja, twin, organization=ours, by=by, reason="Wrote twice.", now=NOON)
    return twin


def test_history_of_a_customer_tells_of_a_merge_and_of_the_duplicate(ours, freja, manager, staff, pages: Pages):
    twin = merged(freja, ours, by=manager)

    words = words_of(history(pages(staff), freja))

    for text in ("Merge customers", "Wrote twice.", "Freja L.", f"Customer {twin.pk}"):
        assert text in words


def test_history_does_not_say_what_others_call_a_duplicate_since(ours, theirs, freja, manager, staff, pages: Pages):
    twin = merged(freja, ours, by=manager)
    OrganizationCustomer.objects.create(organization=theirs, customer=twin)
    Customer.objects.filter(pk=twin.pk).update(full_name="Known Elsewhere")

    assert "Known Elsewhere" not in words_of(history(pages(staff), freja))


def test_history_tells_of_erasures_asked_exports_and_answers(ours, freja, manager, staff, pages: Pages):
    erasure = ask_for_erasure(freja, organization=ours, by=manager, reason="By letter.", now=NOON)
    call_off_erasure(erasure, by=manager, now=NOON)
    CustomerExport.objects.create(organization=ours, customer_id=freja.pk, exported_by=manager, sha256="0" * 64)
    known = OrganizationCustomer.objects.get(customer=freja)
    record_answer(known, make_consent(ours), state="given", language="en", channel="phone", by=staff, now=NOON)

    trail = history(pages(staff), freja).context["trail"]

    told = {entry.operation for entry in trail}
    assert {"Ask for erasure", "Call off erasure", "Answer to a consent recorded"} <= told
    assert any(change.row.startswith("Customer export ") for entry in trail for change in entry.changes)


def test_history_of_a_customer_is_not_for_members_of_one_edition(ours, edition, freja, manager, pages: Pages):
    merged(freja, ours, by=manager)
    ask_for_erasure(freja, organization=ours, by=manager, reason="By letter.", now=NOON)
    member = make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN)

    assert history(pages(member), freja).context["trail"] == []


def test_erased_customer_is_called_so_everywhere(ours, freja, manager, admin, pages: Pages):
    erasure = ask_for_erasure(freja, organization=ours, by=manager, reason="By letter.", now=NOON)
    carry_out_erasure(erasure, by=admin, now=NOON)
    order = Order.objects.get()
    client = pages(admin)
    places = [
        reverse("admin:orders_order_changelist"),
        reverse("admin:orders_order_change", args=[order.pk]),
        reverse("admin:accounts_customer_change", args=[order.customer_id]),
        reverse("admin:accounts_erasure_changelist"),
        reverse("admin:accounts_erasure_change", args=[erasure.pk]),
    ]

    assert ["Erased customer" in client.get(url).content.decode() for url in places] == [True] * len(places)


def test_nameless_customer_of_an_import_is_not_called_erased(db):
    customer = Customer.objects.create()

    assert str(customer) == customer.pk
