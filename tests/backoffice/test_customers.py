"""The list of customers and the page of one."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consents.models import Consent
from consents.operations.answering import record_answer
from preo.accounts.models import OrganizationCustomer
from preo.api.roles import Role
from preo.customers.operations.changing import change_customer
from preo.customers.operations.erasing import ask_for_erasure
from preo.customers.operations.exporting import write_archive
from preo.mail.models import OutgoingMail
from preo.money import Money
from preo.public_ids import new
from refunds.operations import approve_refund
from tests.backoffice.conftest import Pages
from tests.factories import (
    NOON,
    make_customer,
    make_edition,
    make_edition_member,
    make_order,
    make_refund,
    make_staff,
)

LIST = "admin:accounts_customer_changelist"


def page_of(customer):
    return reverse("admin:accounts_customer_change", args=[customer.pk])


def write_to(customer, *, about, organization, to="freja@example.org", message="eml"):
    return OutgoingMail.objects.create(
        organization=organization,
        kind="receipt",
        about=about,
        key=f"{about}:{to}",
        email_message_id=new(message) if message else None,
        to_address=to,
        subject="Thank you",
        language="en",
        next_attempt_at=NOON,
    )


def make_consent(organization, *, title):
    return Consent.objects.create(
        organization=organization,
        title=title,
        type="marketing",
        consent_text={"en": "News by mail."},
        published=True,
        published_date=NOON,
    )


@pytest.mark.parametrize("text", ["jens.p", "Jens Peter", "+45 12 34 56 78", "12345678"])
def test_customer_is_found_by_a_part(text, edition, staff, pages: Pages):
    jens = make_customer(
        edition.organization, email="jens.p@example.org", full_name="Jens Petersen", phone_number="+4512345678"
    )
    make_customer(edition.organization)

    found = pages(staff).get(reverse(LIST), {"q": text}).context["cl"].queryset

    assert [row.pk for row in found] == [jens.pk]


def test_list_costs_the_same_for_one_and_three_customers(edition, staff, pages: Pages):
    client = pages(staff)
    make_order(edition)
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(LIST))
    make_order(edition)
    make_order(edition)

    with CaptureQueriesContext(connection) as three:
        client.get(reverse(LIST))

    assert len(one) == len(three)


def test_list_is_narrowed_by_organization_and_edition(ours, theirs, edition, their_edition, pages: Pages):
    both = make_staff("both@ours.example", organization=ours, role=Role.STAFF)
    both.memberships.create(organization=theirs, role=Role.STAFF)
    here, there = make_order(edition).customer, make_order(their_edition).customer
    client = pages(both)

    def found(**asked):
        return {row.pk for row in client.get(reverse(LIST), asked).context["cl"].queryset}

    assert found() == {here.pk, there.pk}
    assert found(organization=theirs.pk) == {there.pk}
    assert found(edition=edition.pk) == {here.pk}


@pytest.mark.parametrize("asked", ["organization", "edition"])
def test_list_narrowed_to_what_is_out_of_reach_is_empty(asked, theirs, edition, their_edition, staff, pages: Pages):
    customer = make_order(their_edition, customer=make_order(edition).customer).customer
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    other = {"organization": theirs.pk, "edition": their_edition.pk}

    for value in (other[asked], "nonsense"):
        assert pages(staff).get(reverse(LIST), {asked: value}).context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("seen", "names"), [("1", ["Today"]), ("7", ["Today", "Week"]), ("longer", ["Long"]), ("zzz", [])]
)
def test_list_is_narrowed_by_when_customers_were_seen(seen, names, ours, staff, pages: Pages):
    now = timezone.now()
    for name, ago in {"Today": 0, "Week": 5, "Long": 500}.items():
        make_customer(ours, full_name=name, last_seen=now - timedelta(days=ago, minutes=1))
    make_customer(ours, full_name="Never", last_seen=None)

    found = pages(staff).get(reverse(LIST), {"seen": seen}).context["cl"].queryset

    assert [row.full_name for row in found] == names


def test_page_shows_the_whole_customer(ours, edition, staff, manager, pages: Pages):
    freja = make_customer(
        ours, email="freja@example.org", full_name="Freja Lund", phone_number="+4511223344", metadata={"crew": "blue"}
    )
    order = make_order(edition, customer=freja)
    refund = make_refund(order.purchases.get(), by=staff)
    write_to(freja, about=order.pk, organization=ours)
    write_to(freja, about=refund.pk, organization=ours, to="boss@ours.example", message=None)

    body = pages(staff).get(page_of(freja)).content.decode()

    for text in (
        "Freja Lund",
        "freja@example.org",
        "+4511223344",
        "crew",
        "blue",
        Money(515_00, "dkk").formatted(),
        order.order_number,
        "Sandbox",
        f"Under way: 1 refund of {Money(400_00, 'dkk').formatted()}",
        "Staff Holm",
        "Thank you",
    ):
        assert text in body
    assert "boss@ours.example" not in body


def test_page_shows_the_newest_orders_and_leads_to_all(ours, edition, staff, monkeypatch, pages: Pages):
    monkeypatch.setattr("preo.customers.admin.buying.MOST", 2)
    freja = make_customer(ours)
    orders = [make_order(edition, customer=freja, created=NOON + timedelta(days=day)) for day in range(3)]
    make_order(edition)
    client = pages(staff)

    answer = client.get(page_of(freja))

    shown = answer.context["page"].bought.orders
    assert ([order.pk for order in shown.rows], shown.has_more) == ([orders[2].pk, orders[1].pk], True)
    link = f"{reverse('admin:orders_order_changelist')}?customer__id__exact={freja.pk}"
    assert f'href="{link}"' in answer.content.decode()
    assert {order.pk for order in client.get(link).context["cl"].queryset} == {order.pk for order in orders}


def test_page_costs_the_same_for_one_and_three_of_everything(ours, edition, staff, manager, pages: Pages):
    client = pages(manager)
    customers = [make_customer(ours), make_customer(ours)]
    for customer, count in zip(customers, (1, 3), strict=True):
        known = ours.known_customers.get(customer=customer)
        for number in range(count):
            order = make_order(edition, customer=customer)
            approve_refund(make_refund(order.purchases.get(), by=staff), by=manager, now=NOON)
            write_to(customer, about=order.pk, organization=ours)
            consent = make_consent(ours, title=f"News {number}")
            record_answer(known, consent, state="given", language="en", channel="web", by=staff, now=NOON)
            write_archive(customer, organization=ours, to=BytesIO(), by=manager, now=NOON)
        ask_for_erasure(customer, organization=ours, by=manager, reason="They wrote to us.", now=NOON)
    client.get(page_of(customers[0]))

    counts = []
    for customer in customers:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page_of(customer)).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 28


def test_page_says_nothing_of_what_others_know(theirs, edition, their_edition, staff, outsider, pages: Pages):
    customer = make_order(edition).customer
    OrganizationCustomer.objects.create(
        organization=theirs, customer=customer, order_count=770077, external_id="their-7"
    )
    order = make_order(their_edition, customer=customer, product=None)
    refund = make_refund(order.purchases.get(), by=outsider)
    write_to(customer, about=order.pk, organization=theirs, to="secret@theirs.example")

    body = pages(staff).get(page_of(customer)).content.decode()

    for text in ("Theirs", "770077", "their-7", order.order_number, order.pk, refund.pk, "secret@theirs.example"):
        assert text not in body
    assert "Outsider" not in body


def test_trail_tells_a_change_once_and_of_others_not_who(ours, theirs, edition, manager, outsider, pages: Pages):
    both = make_staff("both@ours.example", organization=ours, role=Role.STAFF)
    both.memberships.create(organization=theirs, role=Role.STAFF)
    customer = make_customer(ours)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    change_customer(customer, changes={"full_name": "Freja Holm"}, by=manager, now=NOON)

    told = {person: pages(person).get(page_of(customer)).context["page"].trail for person in (both, outsider)}

    changes = {person: [entry for entry in trail if entry.changes] for person, trail in told.items()}
    assert [(entry.operation, entry.who) for entry in changes[both]] == [("Change customer", "Manager Holm")]
    assert len(changes[both][0].changes) == 1
    assert [(entry.operation, entry.who) for entry in changes[outsider]] == [("Changed", "Somebody unknown")]


def test_page_for_staff_of_one_edition_shows_that_edition_alone(edition, pages: Pages):
    member = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)
    order = make_order(edition)
    other = make_order(make_edition(edition.organization, name="Other"), customer=order.customer)

    answer = pages(member).get(page_of(order.customer))

    body = answer.content.decode()
    assert [at.buying.order_count for at in answer.context["page"].known] == [1]
    assert answer.context["page"].trail == []
    assert order.order_number in body
    for text in (other.order_number, "Export data", "Erase…"):
        assert text not in body


def test_page_of_a_customer_out_of_reach_is_as_missing_as_any(theirs, staff, pages: Pages):
    client = pages(staff)

    addresses = [page_of(make_customer(theirs)), reverse("admin:accounts_customer_change", args=[new("usr")])]
    answers = [client.get(address) for address in addresses]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_page_takes_no_changes(ours, admin, pages: Pages):
    assert pages(admin).post(page_of(make_customer(ours)), {"full_name": "x"}).status_code == 405
