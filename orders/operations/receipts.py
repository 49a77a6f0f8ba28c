"""Receipts: queued by themselves for online orders, and again whenever somebody asks for one."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from editions.messages.letters import language_for
from orders.messages import RECEIPT
from orders.models import Order
from orders.states import OrderStatus
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.mail.models import OutgoingMail
from preo.mail.operations import Mail, queue_mail, queue_mails
from preo.mail.states import MailStatus
from preo.recording import operation

PAGE = 1_000
OLDEST = timedelta(days=7)
"""What was ordered before that gets no receipt by itself any more, whatever happens to it."""


class OrderNotCompleted(DomainError):
    code = "order_not_completed"


class NoEmailAddress(DomainError):
    code = "no_email_address"


class NoReceiptMessage(DomainError):
    code = "no_receipt_message"


class ReceiptUnderWay(DomainError):
    code = "receipt_under_way"


@operation
def send_receipt(order: Order, *, by: StaffUser, now: datetime) -> None:
    """Queue the receipt of an order, also one that was sent before; a worker sends it.

    That `by` may see the order is the caller's check. Locks the order. Raises OrderNotCompleted, NoEmailAddress,
    NoReceiptMessage; and ReceiptUnderWay while one has not been sent yet.
    Rule: "Receipts" in docs/rules.md.
    """
    # Without its customer, who may become another while this waits: then the two would no longer fit.
    order = Order.objects.select_for_update(of=("self",)).defer("search_text").get(pk=order.pk)
    if refusal := refusal_of_receipt(order):
        raise refusal
    earlier = list(OutgoingMail.objects.about_row(order.pk, kind=RECEIPT).values_list("status", flat=True))
    if {MailStatus.QUEUED, MailStatus.SENDING}.intersection(earlier):
        raise ReceiptUnderWay("A receipt is on its way already.")
    queue_mail(_receipt(order, number=len(earlier) + 1), now=now)


def refusal_of_receipt(order: Order) -> DomainError | None:
    """Why the order can't have a receipt, if so. Needs `edition` and `customer`."""
    if order.status != OrderStatus.COMPLETED:
        return OrderNotCompleted("Only a completed order has a receipt.")
    if not order.customer.email:
        return NoEmailAddress("The customer has no e-mail address.")
    if not order.edition.transaction_receipt_email_id:
        return NoReceiptMessage("The edition has no e-mail message for receipts.")
    return None


def queue_missing_receipts(*, within: timedelta, now: datetime) -> int:
    """Queue the receipts of online orders completed lately that have none yet; answers how many.

    Running twice, or at the same time, queues nothing twice: the key of a first receipt is the order's.
    """
    queued, rest = 0, _receivers(within=within, now=now)
    while page := list(rest[:PAGE]):
        queued += _queue_missing(page, now=now)
        last = page[-1]
        rest = rest.filter(Q(modified__gt=last.modified) | Q(modified=last.modified, pk__gt=last.pk))
    return queued


def _receivers(*, within: timedelta, now: datetime) -> QuerySet[Order]:
    lately = Order.objects.completed_online(since=now - within).filter(created__gte=now - OLDEST)
    with_message = lately.filter(edition__transaction_receipt_email__isnull=False).exclude(customer__email="")
    return with_message.select_related("edition", "customer").defer("search_text")


@operation
def _queue_missing(orders: list[Order], *, now: datetime) -> int:
    by_key = {_receipt(order, number=1).key: order.pk for order in orders}
    known = OutgoingMail.objects.filter(key__in=by_key).values_list("key", flat=True)
    missing = _held([by_key[key] for key in by_key.keys() - set(known)])
    if missing:
        queue_mails([_receipt(order, number=1) for order in missing], now=now)
    return len(missing)


def _held(order_ids: list[str]) -> list[Order]:
    """As they are until the transaction ends; an order whose customer became another meanwhile is left for later."""
    rows = Order.objects.filter(pk__in=order_ids).exclude(customer__email="").select_related("edition", "customer")
    return list(rows.select_for_update(of=("self",), no_key=True).defer("search_text").order_by("pk"))


def _receipt(order: Order, *, number: int) -> Mail:
    """The first under the key of the order itself, later ones numbered."""
    return Mail(
        organization_id=order.organization_id,
        kind=RECEIPT,
        about=order.pk,
        key=f"{RECEIPT}:{order.pk}" if number == 1 else f"{RECEIPT}:{order.pk}:{number}",
        email_message_id=str(order.edition.transaction_receipt_email_id),
        to_address=order.customer.email,
        language=language_for(order.customer, order.edition),
    )
