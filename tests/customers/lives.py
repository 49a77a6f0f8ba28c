"""A customer of whom everything is known that can be, and what is left of one in the database, for tests."""

from typing import Any

from django.db import connection

from consents.models import Consent
from editions.models import Edition
from orders.models import Order, Purchase
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.customers.operations.merging import merge_customers
from preo.idempotency.models import KeptAnswer
from preo.mail.models import OutgoingMail
from preo.mail.states import MailStatus
from preo.public_ids import decode, new
from preo.recording import recorded
from preo.webhooks.outbox import announce
from refunds.models import ProviderEvent, RefundRequest
from refunds.operations import reject_refund
from refunds.states import EventStatus
from tests.consents.asking import answer, make_asked
from tests.factories import NOON, make_customer, make_order, make_refund
from tests.refunds.provider_cases import make_account

MARK = "zq7k"
"""Is in all that says who the customer is, and in nothing else."""
PHONE = "+4599887766"
IP = "198.51.100.77"
SAYS_WHO = (MARK, PHONE[1:], IP)


def a_whole_life(edition: Edition, *, manager: StaffUser, consent: Consent | None = None) -> Customer:
    """Bought, paid, given back, written to, agreed, renamed, and merged with a duplicate who did the same."""
    ours = edition.organization
    consent = consent or make_asked(ours)
    customer = _person(edition, "one", consent, manager)
    duplicate = _person(edition, "two", consent, manager)
    merge_customers(customer, duplicate, organization=ours, by=manager, reason="One person", now=NOON)
    return customer


def _person(edition: Edition, name: str, consent: Consent, manager: StaffUser) -> Customer:
    ours = edition.organization
    customer = make_customer(ours, email=f"{MARK}.{name}@example.org", full_name=f"{MARK} {name}", phone_number=PHONE)
    known = OrganizationCustomer.objects.get(organization=ours, customer=customer)
    order = make_order(edition, customer=customer, metadata={"gift": MARK}, external_id=f"{MARK}-{name}")
    with recorded("change_something", by=manager):
        OrganizationCustomer.objects.filter(pk=known.pk).update(external_id=f"{MARK}-{name}")
        Customer.objects.filter(pk=customer.pk).update(full_name=f"{MARK} {name} Holm", metadata={"club": MARK})
        Order.objects.filter(pk=order.pk).update(metadata={"gift": MARK, "to": MARK})
        Purchase.objects.filter(order=order).update(metadata={"holder": MARK})
        Purchase.objects.filter(order=order).update(metadata={"holder": MARK, "seat": 1})
    refund = reject_refund(make_refund(order.purchases.get(), by=manager), reason="Worn", by=manager, now=NOON)
    answer(known, consent, ip_address=IP, user_agent=f"Browser of {MARK}")
    _write_to(customer, order, refund)
    _hear_of(customer, order, refund)
    _answer(customer, refund, manager)
    return customer


def _write_to(customer: Customer, order: Order, refund: RefundRequest) -> None:
    """A receipt and a confirmation."""
    for kind, about in (("receipt", order.pk), ("refund_confirmation", refund.pk)):
        OutgoingMail.objects.create(
            organization=order.organization,
            kind=kind,
            about=about,
            key=f"{kind}:{about}",
            email_message_id=new("eml"),
            to_address=customer.email,
            subject=f"Dear {customer.full_name}",
            language="en",
            status=MailStatus.SENT,
            sent_at=NOON,
            next_attempt_at=NOON,
        )


def _hear_of(customer: Customer, order: Order, refund: RefundRequest) -> None:
    """An event of a payment provider, and one that subscribers were told."""
    ProviderEvent.objects.create(
        organization=order.organization,
        merchant_account=make_account(order.organization),
        provider="stripe",
        event_id=f"evt_{order.pk}",
        type="charge.dispute.created",
        payload={"data": {"object": {"evidence": {"customer_name": MARK, "customer_purchase_ip": IP}}}},
        received_at=NOON,
        status=EventStatus.APPLIED,
        transaction=order.transactions.get(),
        refund=refund,
    )
    told = {"id": order.pk, "customer_id": customer.pk, "amount_minor": order.amount_minor}
    announce("order.imported", told, organization_id=order.organization_id, edition_id=order.edition_id, now=NOON)


def _answer(customer: Customer, refund: RefundRequest, manager: StaffUser) -> None:
    """What the API answered, kept for a retry."""
    full_name = customer.full_name
    body = (
        f'{{"id":"{refund.pk}","organization":"{refund.organization_id}","amount":400.00,'
        f'"purchase":{{"user":{{"api_id":"{customer.pk}","full_name":"{full_name}","email":"{customer.email}"}}}},'
        f'"ip_address":"{IP}"}}'
    )
    KeptAnswer.objects.create(
        staff_user_id=manager.pk,
        credential="",
        key=refund.pk,
        fingerprint="0" * 64,
        rights={},
        status=201,
        headers={},
        body=body.encode(),
        created=NOON,
        expires_at=NOON.replace(day=2),
    )


def places_of(*texts: str) -> dict[str, int]:
    """How many rows of each table have one of the texts in any of their columns, also as bytes; none left out."""
    patterns = [f"%{word}%" for text in texts for word in (text, text.encode().hex())]
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT count(*) FROM "{table}" kept WHERE kept::text ILIKE ANY(%s)', [patterns])
            found[table] = cursor.fetchone()[0]
    return {table: count for table, count in found.items() if count}


def places_of_id(public_id: str) -> dict[str, int]:
    """The same, of an id as the database has it, and of one within a document."""
    return places_of(str(decode(public_id)[1]), public_id)


def rows_of(organization: Organization) -> dict[str, Any]:
    """All that is an organization's, in every table that says whose a row is, and the customers whom it knows."""
    found: dict[str, Any] = {}
    uuid = decode(organization.pk)[1]
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            if "organization_id" in columns:
                cursor.execute(f'SELECT kept::text FROM "{table}" kept WHERE organization_id = %s', [uuid])
                found[table] = sorted(cursor.fetchall())
        cursor.execute(
            "SELECT person::text FROM accounts_customer person JOIN accounts_organizationcustomer known"
            " ON person.id IN (known.customer_id, known.merged_from_id) WHERE known.organization_id = %s",
            [uuid],
        )
        found["people"] = sorted(cursor.fetchall())
    return found
