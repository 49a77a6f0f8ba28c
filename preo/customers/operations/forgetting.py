"""Removing what says who a customer was, table by table; docs/rules.md, "Erasure", has the reason for each.

Steps of an operation, which holds everything first.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import orjson
import pgtrigger
from django.db import connection
from django.db.models import F, Func, IntegerField, Q, Value

from consents.models import ConsentAnswerOrigin
from orders.models import Order, Purchase
from preo.accounts.models import Customer, Organization
from preo.audit.models import PersonalDetail
from preo.customers.obstacles import letters_about, pages
from preo.idempotency.models import KeptAnswer
from preo.public_ids import decode
from refunds.models import ProviderEvent, RefundRequest

CALLED = ("full_name", "email", "phone_number")

NO_ADDRESS = "erased@example.invalid"
"""Where a mail went to somebody who was erased; a mail has an address."""


def forget_records(
    order_ids: list[str], *, organization: Organization, customers: Collection[Customer], now: datetime
) -> None:
    """Blank what the orders, and what was written and told about them, say of the customers.

    While the orders are still theirs, so that the trail files what it was under them.
    """
    for page in pages(order_ids):
        _forget_orders(page, now=now)
        _forget_mails(page, organization=organization, now=now)
        _forget_provider_events(page)
    ids = [customer.pk for customer in customers]
    _forget_events(ids, organization=organization)
    _forget_answers(ids, organization=organization, words=_words(customers, organization=organization))


def forget_traces(
    known_ids: Collection[str],
    *,
    organization: Organization,
    customer_ids: Collection[str],
    unknown_ids: Collection[str],
) -> None:
    """Remove where answers came from and what the trail keeps apart; of those nobody knows, the trail's own too.

    The database lets them go only once the erasure is done.
    """
    ConsentAnswerOrigin.objects.filter(answer__known__in=known_ids).delete()
    theirs = Q(organization_id=organization.pk, customer_id__in=customer_ids)
    nobodys = Q(organization_id=None, customer_id__in=unknown_ids)
    PersonalDetail.objects.filter(theirs | nobodys).delete()


def _forget_orders(order_ids: list[str], *, now: datetime) -> None:
    told = ~Q(metadata={}) | Q(external_id__isnull=False)
    Order.objects.filter(told, pk__in=order_ids).update(metadata={}, external_id=None, modified=now)
    Purchase.objects.filter(~Q(metadata={}), order__in=order_ids).update(metadata={}, modified=now)


def _forget_mails(order_ids: list[str], *, organization: Organization, now: datetime) -> None:
    refunds = list(RefundRequest.objects.filter(order__in=order_ids).order_by().values_list("pk", flat=True))
    letters_about(organization, [*order_ids, *refunds]).update(to_address=NO_ADDRESS, subject="", modified=now)


def _forget_provider_events(order_ids: list[str]) -> None:
    """What a provider sent can name the payer. It is never changed otherwise; what came of it is in the books."""
    of_orders = Q(transaction__order__in=order_ids) | Q(refund__order__in=order_ids)
    with pgtrigger.ignore("refunds.ProviderEvent:provider_event_is_what_came"):
        ProviderEvent.objects.filter(of_orders).update(payload={})


_WITHOUT_CUSTOMER = """
    UPDATE webhooks_outboxevent SET payload = jsonb_set(payload, '{customer_id}', 'null')
    WHERE organization_id = %s AND payload ->> 'customer_id' = ANY(%s)
"""


def _forget_events(customer_ids: list[str], *, organization: Organization) -> None:
    """What was told of orders names the customer by id, and would lead from an order to whom another may know."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_CUSTOMER, [decode(organization.pk)[1], customer_ids])


def _forget_answers(customer_ids: list[str], *, organization: Organization, words: list[bytes]) -> None:
    """Answers kept for a retry stay, as without them it would have its effect twice; they say no names any more."""
    found = KeptAnswer.objects.annotate(
        **{f"names_{number}": _position(customer_id) for number, customer_id in enumerate(customer_ids)},
        says_where=_position(organization.pk),
    )
    of_them = Q(*((f"names_{number}__gt", 0) for number in range(len(customer_ids))), _connector=Q.OR)
    kept = list(found.filter(of_them, says_where__gt=0).only("body"))
    for answer in kept:
        answer.body = _without(bytes(answer.body), words)
    KeptAnswer.objects.bulk_update(kept, ["body"], batch_size=100)


def _position(text: str) -> Func:
    """Where the text is in the body of an answer, from 1; 0 where it is not."""
    sought: Any = Value(text.encode())
    return Func(sought, F("body"), template="position(%(expressions)s)", arg_joiner=" IN ", output_field=IntegerField())


def _without(body: bytes, words: Iterable[bytes]) -> bytes:
    for word in words:
        body = body.replace(word, b'""')
    return body


def _words(customers: Collection[Customer], *, organization: Organization) -> list[bytes]:
    """What the customers are or were called, as far as the trail tells, and where they answered from; as JSON."""
    ids = [customer.pk for customer in customers]
    called = {getattr(customer, name) for customer in customers for name in CALLED}
    apart = PersonalDetail.objects.filter(organization_id=organization.pk, customer_id__in=ids)
    told = apart.filter(changes__has_any_keys=CALLED).values_list("changes", flat=True)
    called |= {text for changes in told for name in CALLED for text in changes.get(name, ())}
    origins = ConsentAnswerOrigin.objects.filter(
        answer__known__organization=organization, answer__known__customer__in=ids
    )
    called |= {text for pair in origins.values_list("ip_address", "user_agent") for text in pair}
    return [orjson.dumps(text) for text in sorted(filter(None, called))]
