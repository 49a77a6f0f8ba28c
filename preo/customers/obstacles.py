"""What stands in the way of forgetting a customer: money that has to arrive first, and letters about to be sent."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q

from orders.models import Order, Transaction
from preo.accounts.models import Organization
from preo.customers.refusals import MailUnderWay, ProviderEventUnclear, RefundUnderWay
from preo.errors import DomainError
from preo.mail.models import OutgoingMail
from refunds.models import ProviderEvent, RefundRequest
from refunds.models.events import UNSETTLED
from refunds.states import HOLDS_RESERVATION

AT_ONCE = 5_000
"""How many rows a statement is about."""


def obstacles_to_erasing(organization: Organization, customer_ids: Collection[str]) -> Iterator[DomainError]:
    """A refusal for each kind of thing that is under way."""
    orders = Order.objects.filter(organization=organization, customer__in=customer_ids).order_by()
    refunds = RefundRequest.objects.filter(order__in=orders.values("pk")).order_by()
    if waiting := refunds.filter(status__in=HOLDS_RESERVATION).count():
        yield RefundUnderWay(f"Refunds of the customer are under way: {waiting}. The money has to arrive first.")
    if queued := _unsent_mails(organization, [*_ids(orders), *_ids(refunds)]):
        yield MailUnderWay(f"Mails to the customer are still to be sent: {queued}.")
    payments = Transaction.objects.filter(order__in=orders.values("pk")).order_by()
    events = ProviderEvent.objects.filter(
        Q(transaction__in=payments.values("pk")) | Q(refund__in=refunds.values("pk")), status__in=UNSETTLED
    )
    if unclear := events.count():
        yield ProviderEventUnclear(f"Events of payment providers about the customer are unclear: {unclear}.")


def letters_about(organization: Organization, ids: Collection[str]) -> Any:
    """Mails to the customer about these orders and refunds: letters to staff are made of no e-mail message."""
    return OutgoingMail.objects.filter(organization=organization, about__in=ids).exclude(email_message_id=None)


def pages(ids: list[str]) -> Iterator[list[str]]:
    """AT_ONCE ids at a time."""
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _unsent_mails(organization: Organization, ids: list[str]) -> int:
    return sum(letters_about(organization, page).unsent().count() for page in pages(ids))


def _ids(rows: Any) -> list[str]:
    return list(rows.values_list("pk", flat=True))
