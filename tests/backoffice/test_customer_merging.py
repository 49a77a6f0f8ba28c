"""Merging a duplicate from the page of a customer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from orders.models import Order
from preo.accounts.models import Customer, OrganizationCustomer
from preo.customers.operations.merging import merge_customers
from preo.public_ids import new
from tests.backoffice.conftest import Pages
from tests.consents.asking import make_known
from tests.factories import NOON, make_customer, make_order


def merging(customer, organization, **asked):
    url = reverse("admin:accounts_customer_merge", args=[customer.pk])
    return f"{url}?{urlencode({'organization': organization.pk, **asked})}"


def page_of(customer):
    return reverse("admin:accounts_customer_change", args=[customer.pk])


@pytest.fixture
def freja(ours) -> Customer:
    return make_customer(ours, email="freja@example.org", full_name="Freja Lund", phone_number="+4511223344")


@pytest.fixture
def other(edition) -> Customer:
    customer = make_customer(edition.organization, email="f.lund@example.org", full_name="Freja Lund", phone_number="")
    make_order(edition, customer=customer)
    return customer


def test_search_offers_who_has_the_same_name_first(ours, theirs, freja, other, manager, pages: Pages):
    make_customer(ours, full_name="Bo Holm")
    make_customer(theirs, full_name="Freja Lund")

    found = pages(manager).get(merging(freja, ours)).context["found"]

    assert [known.customer_id for known in found] == [other.pk]


@pytest.mark.parametrize("text", ["f.lund@", "+45 99 88 77 66", "99887766"])
def test_search_finds_by_any_part_within_the_organization(text, ours, theirs, freja, manager, pages: Pages):
    twin = make_customer(ours, email="f.lund@example.org", phone_number="+4599887766")
    make_customer(theirs, email="f.lund@example.com", phone_number="+4599887766")

    found = pages(manager).get(merging(freja, ours, q=text)).context["found"]

    assert [known.customer_id for known in found] == [twin.pk]


def test_search_costs_the_same_for_one_and_three(ours, freja, other, manager, pages: Pages):
    client = pages(manager)
    client.get(merging(freja, ours))
    with CaptureQueriesContext(connection) as one:
        client.get(merging(freja, ours))
    make_customer(ours, full_name="Freja Lund")
    make_customer(ours, full_name="Freja Lund")

    with CaptureQueriesContext(connection) as three:
        assert len(client.get(merging(freja, ours)).context["found"]) == 3

    assert len(one) == len(three)


def test_compare_shows_both_and_what_moves(ours, freja, other, manager, pages: Pages):
    body = pages(manager).get(merging(freja, ours, other=other.pk)).content.decode()

    for text in ("freja@example.org", "f.lund@example.org", freja.pk, other.pk, "What moves at Ours"):
        assert text in body


def test_compare_shows_what_is_taken_over(ours, theirs, freja, other, manager, pages: Pages):
    Customer.objects.filter(pk=freja.pk).update(full_name="", metadata={"club": "north"})
    Customer.objects.filter(pk=other.pk).update(metadata={"club": "south", "erp": 7})
    alone = pages(manager).get(merging(freja, ours, other=other.pk)).content.decode()
    make_known(theirs, customer=freja)

    shared = pages(manager).get(merging(freja, ours, other=other.pk)).content.decode()

    for body in (alone, shared):
        moves = " ".join(body.split('id="moves"')[1].split("</section>")[0].split())
        assert "<dt>Name</dt><dd>Becomes Freja Lund</dd>" in moves
        assert "<dt>Metadata</dt><dd>Gets erp</dd>" in moves


def test_compare_offers_to_keep_the_one_with_the_address(ours, freja, other, manager, pages: Pages):
    Customer.objects.filter(pk=freja.pk).update(email="")

    body = pages(manager).get(merging(freja, ours, other=other.pk)).content.decode()

    refused = body.split('class="why-not"')[1]
    assert f"Keep {other.pk} instead" in refused
    assert f"{merging(other, ours, other=freja.pk)}".replace("&", "&amp;") in refused


@pytest.mark.parametrize("which", ["theirs", "none", "nonsense"])
def test_compare_with_who_is_not_there_is_missing(which, ours, theirs, freja, admin, pages: Pages):
    other = {"theirs": make_customer(theirs).pk, "none": new("usr"), "nonsense": "x"}[which]

    assert pages(admin).get(merging(freja, ours, other=other)).status_code == 404
    assert pages(admin).post(merging(freja, ours, other=other), {"reason": "Twice."}).status_code == 404


def test_merge_moves_everything_and_is_told_with_its_reason(ours, freja, other, manager, pages: Pages):
    client = pages(manager)

    answer = client.post(merging(freja, ours, other=other.pk), {"reason": "Wrote from two addresses."})

    assert answer.headers["Location"] == page_of(freja)
    assert Order.objects.get().customer_id == freja.pk
    page = client.get(page_of(freja)).context["page"]
    assert [(merge.duplicate.merged_from_id, merge.who, merge.reason) for merge in page.merges] == [
        (other.pk, "Manager Holm", "Wrote from two addresses.")
    ]
    assert client.get(page_of(other)).headers["Location"] == page_of(freja)


def test_merge_needs_a_reason(ours, freja, other, manager, pages: Pages):
    answer = pages(manager).post(merging(freja, ours, other=other.pk), {"reason": " "})

    assert "reason" in answer.context["form"].errors
    assert Order.objects.get().customer_id == other.pk


def test_merge_that_is_refused_says_why(ours, freja, manager, pages: Pages):
    body = pages(manager).get(merging(freja, ours, other=freja.pk)).content.decode()
    answer = pages(manager).post(merging(freja, ours, other=freja.pk), {"reason": "Twice."})

    assert "A customer can&#x27;t be merged with itself." in body
    assert answer.status_code == 200
    assert OrganizationCustomer.objects.filter(merged_from=None, customer=freja).exists()


def test_page_of_a_merged_customer_costs_the_same_for_one_and_three(ours, freja, manager, pages: Pages):
    client = pages(manager)
    kept = [freja, make_customer(ours)]
    for keep, count in zip(kept, (1, 3), strict=True):
        for _ in range(count):
            merge_customers(keep, make_customer(ours), organization=ours, by=manager, reason="Twice.", now=NOON)
    client.get(page_of(freja))

    counts = []
    for keep in kept:
        with CaptureQueriesContext(connection) as queries:
            client.get(page_of(keep))
        counts.append(len(queries))

    assert counts[0] == counts[1]
