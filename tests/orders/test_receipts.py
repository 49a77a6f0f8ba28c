"""Receipts: what they say, who gets one, when, and how often."""

from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from editions.messages.letters import sender_of
from editions.messages.variables import VARIABLES, sample_of
from editions.models import Edition, SenderDomain
from orders.messages import RECEIPT, variables_of
from orders.models import Order, Purchase
from orders.operations.receipts import (
    NoEmailAddress,
    NoReceiptMessage,
    OrderNotCompleted,
    ReceiptUnderWay,
    queue_missing_receipts,
    send_receipt,
)
from orders.states import OrderStatus, OrderType, PurchaseStatus
from preo.files.models import StoredFile
from preo.mail.letters import Sender
from preo.mail.models import OutgoingMail
from preo.mail.operations import Mail, queue_mail, send_due
from preo.mail.states import MailStatus
from preo.mail.variables import ITEM, value_of
from tests.factories import NOON, make_customer, make_edition, make_email_message, make_order, make_product
from tests.refunds.test_races import SECONDS, at_once

A_DAY = timedelta(days=1)
BLOCKS = [
    {"type": "heading", "text": {"en": "Thank you, {{ customer.first_name }}", "da": "Tak, {{ customer.first_name }}"}},
    {"type": "order_summary"},
]


@pytest.fixture
def edition(edition: Edition) -> Edition:
    """One that sends receipts."""
    edition.transaction_receipt_email = make_email_message(
        edition.organization,
        edition=edition,
        type="receipt",
        subject={"en": "Order {{ order.number }}", "da": "Ordre {{ order.number }}"},
        blocks=BLOCKS,
    )
    edition.enabled_languages = ["en", "da", "se"]
    edition.save()
    return edition


def lately(**others: Any) -> int:
    return queue_missing_receipts(**{"within": A_DAY, "now": NOON} | others)


def keys() -> set[str]:
    return set(OutgoingMail.objects.values_list("key", flat=True))


def test_variables_of_an_order_are_what_was_paid(edition):
    product = make_product(edition, name="Tent")
    customer = make_customer(edition.organization, full_name="Søren  Kjær", email="s@example.org")
    order = make_order(edition, units=2, product=product, customer=customer)
    product.name, product.price_minor = "Renamed", 1
    product.save()

    assert variables_of(order) == {
        "organization": {"name": "Ours"},
        "edition": {"name": "Summer Days Camp 2026"},
        "customer": {"first_name": "Søren", "full_name": "Søren  Kjær", "email": "s@example.org"},
        "order": {
            "number": order.order_number,
            "date": "June 1, 2026",
            "items_count": 2,
            "lines": [
                {
                    "name": "Tent, Large, Pitched",
                    "quantity": 2,
                    "price": "400.00\N{NO-BREAK SPACE}DKK",
                    "deposit": "100.00\N{NO-BREAK SPACE}DKK",
                    "pickup_point": "North gate",
                }
            ],
            "deposit": "200.00\N{NO-BREAK SPACE}DKK",
            "fees": "20.00\N{NO-BREAK SPACE}DKK",
            "total": "1,020.00\N{NO-BREAK SPACE}DKK",
        },
    }


def test_variables_of_an_order_are_those_documented(edition):
    found, sample = variables_of(make_order(edition)), sample_of("receipt", edition)

    for variable in VARIABLES["receipt"]:
        if ITEM not in variable.name:
            for values in (found, sample):
                assert type(value_of(values, variable.name)) is type(variable.example), variable.name
    documented = {variable.name.rpartition(".")[2] for variable in VARIABLES["receipt"] if ITEM in variable.name}
    assert {*found["order"]["lines"][0]} == {*sample["order"]["lines"][0]} == documented


def test_variables_are_in_the_language(edition):
    order = make_order(edition)

    danish = variables_of(order, language="da")["order"]

    assert (danish["date"], danish["total"]) == ("1. juni 2026", "515,00\N{NO-BREAK SPACE}DKK")
    assert variables_of(order, language="se")["order"]["date"] == "1 juni 2026"


def test_the_day_of_an_order_is_the_editions(edition):
    order = make_order(edition, created=NOON.replace(hour=23))
    edition.timezone = "Europe/Copenhagen"
    edition.save()

    assert variables_of(Order.objects.get(pk=order.pk))["order"]["date"] == "June 2, 2026"


def test_variables_cost_the_same_for_one_and_many_units(edition):
    orders = [make_order(edition, units=units) for units in (1, 9)]
    counts = []
    for order in orders:
        with CaptureQueriesContext(connection) as queries:
            variables_of(Order.objects.get(pk=order.pk))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 7


def test_a_cancelled_unit_is_not_on_the_receipt(edition):
    order = make_order(edition, units=2)
    first = order.purchases.first()
    Purchase.objects.filter(pk=first.pk).update(status=PurchaseStatus.CANCELLED)

    assert [line["quantity"] for line in variables_of(order)["order"]["lines"]] == [1]


def test_send_receipt_is_queued_and_sent(edition, staff):
    order = make_order(edition)

    send_receipt(order, by=staff, now=NOON)
    queued = OutgoingMail.objects.get()
    send_due(now=NOON)

    assert (queued.key, queued.about, queued.status) == (f"receipt:{order.pk}", order.pk, MailStatus.QUEUED)
    [sent] = outbox.outbox
    assert (sent.subject, sent.to) == (f"Order {order}", [order.customer.email])
    assert sent.from_email == "Ours <preo@localhost>"
    assert "Tent, Large, Pitched, North gate: 1 x 400.00" in sent.body
    assert sent.body.startswith("Thank you, Søren\n")


def test_send_receipt_again_is_another_mail(edition, staff):
    order = make_order(edition)
    for _ in range(3):
        send_receipt(order, by=staff, now=NOON)
        send_due(now=NOON)

    assert keys() == {f"receipt:{order.pk}", f"receipt:{order.pk}:2", f"receipt:{order.pk}:3"}
    assert len(outbox.outbox) == 3


def test_send_receipt_waits_for_the_one_before(edition, staff):
    order = make_order(edition)
    send_receipt(order, by=staff, now=NOON)

    with pytest.raises(ReceiptUnderWay):
        send_receipt(order, by=staff, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_receipt(edition, staff):
    order = make_order(edition)

    results = at_once(*[lambda: send_receipt(order, by=staff, now=NOON)] * 4)

    assert sum(isinstance(result, ReceiptUnderWay) for result in results) == 3
    assert OutgoingMail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_nobody_is_refused(edition):
    """Looking for earlier receipts and queueing one, with nothing locked in between; the key still makes it one."""
    order, both_have_read = make_order(edition), Barrier(2)

    def send() -> bool:
        earlier = OutgoingMail.objects.about_row(order.pk, kind=RECEIPT).count()
        both_have_read.wait(SECONDS)
        message = str(edition.transaction_receipt_email_id)
        key = f"receipt:{order.pk}:{earlier + 1}"
        queue_mail(Mail(order.organization_id, RECEIPT, order.pk, key, message, "a@example.org", "en"), now=NOON)
        return earlier == 0

    assert at_once(send, send) == [True, True]
    assert OutgoingMail.objects.count() == 1


def test_a_receipt_that_failed_can_be_sent_again(edition, staff):
    order = make_order(edition)
    send_receipt(order, by=staff, now=NOON)
    OutgoingMail.objects.update(status=MailStatus.FAILED)

    send_receipt(order, by=staff, now=NOON)

    assert keys() == {f"receipt:{order.pk}", f"receipt:{order.pk}:2"}


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.CANCELLED])
def test_send_receipt_refuses_an_order_that_is_not_completed(edition, staff, status):
    with pytest.raises(OrderNotCompleted):
        send_receipt(make_order(edition, status=status), by=staff, now=NOON)


def test_send_receipt_refuses_a_customer_without_an_address(edition, staff):
    order = make_order(edition)
    order.customer.email = ""
    order.customer.save()

    with pytest.raises(NoEmailAddress):
        send_receipt(order, by=staff, now=NOON)


def test_send_receipt_refuses_without_a_message(ours, staff):
    with pytest.raises(NoReceiptMessage):
        send_receipt(make_order(make_edition(ours)), by=staff, now=NOON)

    assert OutgoingMail.objects.count() == 0


@pytest.mark.parametrize(
    ("locale", "language", "subject"),
    [("da-DK", "da", "Ordre"), ("sv-SE", "se", "Order"), ("pl", "en", "Order"), ("en", "en", "Order")],
)
def test_a_receipt_is_in_the_customers_language_if_the_edition_has_it(edition, staff, locale, language, subject):
    order = make_order(edition, customer=make_customer(edition.organization, locale=locale))

    send_receipt(order, by=staff, now=NOON)
    send_due(now=NOON)

    assert OutgoingMail.objects.get().language == language
    assert outbox.outbox[0].subject == f"{subject} {order}"


def test_a_message_that_was_deleted_fails_the_mail(edition, staff):
    send_receipt(make_order(edition), by=staff, now=NOON)
    message, edition.transaction_receipt_email = edition.transaction_receipt_email, None
    edition.save()
    message.delete()

    send_due(now=NOON)

    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.error) == (MailStatus.FAILED, "The e-mail message was deleted.")


def test_an_image_is_seen_under_the_public_address(edition, staff, settings):
    settings.PUBLIC_URL = "https://preo.example"
    file = StoredFile.objects.create(
        organization=edition.organization, file_name="a.png", content_type="image/png", key="files/a", size=1
    )
    message = edition.transaction_receipt_email
    message.blocks = [{"type": "image", "image_id": file.pk, "alt": {"en": "A tent"}}]
    message.save()

    send_receipt(make_order(edition), by=staff, now=NOON)
    send_due(now=NOON)

    [(html, _)] = outbox.outbox[0].alternatives
    assert 'src="https://preo.example/media/files/a/optimized"' in html


def test_an_image_of_others_is_not_shown(edition, their_edition, staff):
    file = StoredFile.objects.create(
        organization=their_edition.organization, file_name="a.png", content_type="image/png", key="files/a", size=1
    )
    message = edition.transaction_receipt_email
    message.blocks = [{"type": "image", "image_id": file.pk, "alt": {"en": "A tent"}}]
    message.save()

    send_receipt(make_order(edition), by=staff, now=NOON)
    send_due(now=NOON)

    [(html, _)] = outbox.outbox[0].alternatives
    assert "<img" not in html


@pytest.mark.parametrize(
    ("domain", "verified_at", "address"),
    [
        ("ours.example", NOON, "shop@Ours.example"),
        ("OURS.EXAMPLE", NOON, "shop@Ours.example"),
        ("ours.example", None, "preo@localhost"),
        ("example", NOON, "preo@localhost"),
        ("evilours.example", NOON, "preo@localhost"),
    ],
)
def test_sender_is_the_editions_on_a_verified_domain_alone(edition, domain, verified_at, address):
    SenderDomain.objects.create(organization=edition.organization, domain=domain, verified_at=verified_at)
    edition.email_sender_address, edition.email_reply_to = "shop@Ours.example", "help@else.example"

    assert sender_of(edition) == Sender("Ours", address, "help@else.example")


def test_sender_needs_a_domain_of_its_own_organization(edition, theirs):
    SenderDomain.objects.create(organization=theirs, domain="ours.example", verified_at=NOON)
    edition.email_sender_address, edition.email_sender_name = "shop@ours.example", "The shop"

    assert sender_of(edition) == Sender("The shop", "preo@localhost", "")


def test_missing_receipts_are_queued_once(edition):
    orders = [make_order(edition) for _ in range(3)]

    assert [lately(), lately()] == [3, 0]
    assert keys() == {f"receipt:{order.pk}" for order in orders}


def test_missing_receipts_leave_what_somebody_sent(edition, staff):
    send_receipt(make_order(edition), by=staff, now=NOON)

    assert lately() == 0


@pytest.mark.parametrize(
    "others",
    [
        {"type": OrderType.IN_PERSON},
        {"type": OrderType.IMPORTED},
        {"status": OrderStatus.CONFIRMED},
        {"status": OrderStatus.CANCELLED},
        {"modified": NOON - A_DAY - timedelta(seconds=1)},
        {"created": NOON - timedelta(days=8)},
    ],
)
def test_missing_receipts_are_of_online_orders_completed_lately(edition, others):
    make_order(edition, **others)

    assert lately() == 0


def test_missing_receipts_need_a_message_and_an_address(ours, edition):
    make_order(make_edition(ours))
    order = make_order(edition)
    order.customer.email = ""
    order.customer.save()

    assert lately() == 0


def test_missing_receipts_go_page_by_page(edition, monkeypatch):
    monkeypatch.setattr("orders.operations.receipts.PAGE", 2)
    for minutes in (0, 0, 0, 1, 2):
        make_order(edition, modified=NOON - timedelta(minutes=minutes))

    assert lately() == 5
    assert len(keys()) == 5


def test_missing_receipts_cost_the_same_for_one_and_three(edition):
    counts = []
    for number in (1, 3):
        for _ in range(number):
            make_order(edition)
        with CaptureQueriesContext(connection) as queries:
            assert lately() == number
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_missing_receipts_are_found_by_an_index(edition):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Order.objects.completed_online(since=NOON).explain()

    assert "order_completed_online" in plan


def signed_in(person: Any) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(person)
    return client


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def button_of(order: Order) -> str:
    return reverse("admin:orders_order_send_receipt", args=[order.pk])


def test_page_sends_a_receipt_and_shows_it(edition, staff):
    order, client = make_order(edition), signed_in(staff)
    assert "No message was sent." in client.get(page_of(order)).content.decode()

    answer = client.post(button_of(order), follow=True)
    send_due(now=OutgoingMail.objects.get().created)
    body = client.get(page_of(order)).content.decode()

    assert answer.redirect_chain == [(page_of(order), 302)]
    assert "The receipt is on its way." in answer.content.decode()
    assert f"Order {order}<small>Receipt</small>" in body
    assert 'class="pill pill-sent">Sent' in body
    assert "Send receipt again" in body
    assert "Send receipt</strong>" in body or "Send receipt" in body.partition("Audit trail")[2]
    assert staff.full_name in body.partition("Audit trail")[2]


def test_page_says_why_there_can_be_no_receipt(ours, staff):
    order, client = make_order(make_edition(ours)), signed_in(staff)

    assert "The edition has no e-mail message for receipts." in client.get(page_of(order)).content.decode()
    refused = client.post(button_of(order), follow=True)

    assert 'class="error">The edition has no e-mail message for receipts.' in refused.content.decode()
    assert OutgoingMail.objects.count() == 0


def test_page_sends_nothing_on_a_get_or_without_a_token(edition, staff):
    order, client = make_order(edition), signed_in(staff)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(staff)

    assert client.get(button_of(order)).status_code == 405
    assert careful.post(button_of(order)).status_code == 403
    assert OutgoingMail.objects.count() == 0


def test_page_sends_no_receipts_of_others(edition, outsider, guest):
    order = make_order(edition)

    assert signed_in(outsider).post(button_of(order)).status_code == 404
    assert signed_in(guest).post(button_of(order)).status_code in (403, 404)
    assert OutgoingMail.objects.count() == 0


def test_form_carries_a_token(edition, staff):
    body = signed_in(staff).get(page_of(make_order(edition))).content.decode()

    assert "csrfmiddlewaretoken" in body.partition("send-receipt/")[2].partition("</form>")[0]
