"""The ways between the pages of a customer: out of what one began, and on from an address that leads on no more."""

import pytest

from preo.accounts.models import Customer
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from preo.customers.operations.merging import merge_customers
from tests.backoffice.conftest import Pages
from tests.backoffice.test_customer_actions import at, page_of
from tests.backoffice.test_customer_merging import merging
from tests.factories import NOON, make_customer, make_order

MERGED = "was merged into this customer"


@pytest.fixture
def freja(ours) -> Customer:
    return make_customer(ours, email="freja@example.org", full_name="Freja Lund")


@pytest.fixture
def twin(edition) -> Customer:
    customer = make_customer(edition.organization, email="f.lund@example.org", full_name="F. Lund")
    make_order(edition, customer=customer)
    return customer


def merge(keep, duplicate, *, by):
    organization = keep.known_by.get().organization
    merge_customers(keep, duplicate, organization=organization, by=by, reason="Twice.", now=NOON)


def way_out(customer, words):
    return f'<a class="button quiet-button" href="{page_of(customer)}">{words}</a>'


@pytest.mark.parametrize("name", ["edit", "erase", "merge"])
def test_cancel_leads_back_to_the_customer(name, ours, freja, manager, pages: Pages):
    body = pages(manager).get(at(name, freja, ours)).content.decode()

    assert way_out(freja, "Cancel") in body


def test_cancel_leads_back_from_comparing_too(ours, freja, twin, manager, pages: Pages):
    body = pages(manager).get(merging(freja, ours, other=twin.pk)).content.decode()

    assert way_out(freja, "Cancel") in body


def test_where_nothing_can_be_answered_the_way_leads_back(freja, staff, pages: Pages):
    body = pages(staff).get(at("answer", freja)).content.decode()

    assert way_out(freja, "Back to the customer") in body


@pytest.mark.parametrize("name", ["change", "history", "edit", "answer"])
def test_address_of_a_merged_duplicate_leads_to_who_stayed(name, freja, twin, manager, pages: Pages):
    merge(freja, twin, by=manager)

    for method in ("get", "post"):
        answer = getattr(pages(manager), method)(at(name, twin), follow=True)
        assert (answer.redirect_chain[-1][0], MERGED in answer.content.decode()) == (page_of(freja), True)


@pytest.mark.parametrize("name", ["merge", "erase", "export"])
def test_what_was_begun_with_a_merged_duplicate_leads_to_who_stayed(name, ours, freja, twin, manager, pages: Pages):
    merge(freja, twin, by=manager)

    answer = pages(manager).post(at(name, twin, ours), follow=True)

    assert (answer.redirect_chain[-1][0], MERGED in answer.content.decode()) == (page_of(freja), True)


def test_merge_pressed_in_a_second_tab_says_that_it_is_done(ours, freja, twin, manager, pages: Pages):
    merge(freja, twin, by=manager)

    answer = pages(manager).post(merging(freja, ours, other=twin.pk), {"reason": "Twice."}, follow=True)

    assert (answer.redirect_chain[-1][0], MERGED in answer.content.decode()) == (page_of(freja), True)


def test_address_of_a_merged_duplicate_tells_nobody_else(freja, twin, manager, guest, outsider, pages: Pages):
    merge(freja, twin, by=manager)

    assert [pages(person).get(page_of(twin)).status_code for person in (guest, outsider)] == [404, 404]


def test_address_of_a_duplicate_says_nothing_once_who_stayed_is_erased(ours, freja, twin, manager, admin, pages: Pages):
    merge(freja, twin, by=manager)
    erasure = ask_for_erasure(freja, organization=ours, by=manager, reason="By letter.", now=NOON)
    carry_out_erasure(erasure, by=admin, now=NOON)

    assert pages(admin).get(page_of(twin)).status_code == 404
