"""What a customer bought, paid, got back and was written about, as far as it is in reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Sum, When

from orders.models import Order, Transaction
from preo.accounts.models import Customer
from preo.api.roles import Role
from preo.mail.models import OutgoingMail
from preo.money import Money
from refunds.models import RefundRequest
from refunds.models.requests import RefundQuerySet
from refunds.states import HOLDS_RESERVATION

MOST = 20
"""How many rows of a kind the page shows, the newest."""
MOST_WRITTEN_ABOUT = 200
"""Of how many orders, and of how many refunds, the newest, mails are looked for."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest rows of a kind, and whether there are more."""

    rows: Sequence[Any]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Refunds under way in one currency."""

    count: int
    sum: Money


@dataclass(frozen=True, slots=True)
class Bought:
    """What the page shows of it."""

    orders: Newest
    payments: Newest
    refunds: Newest
    waiting: Sequence[Waiting]
    mails: Newest


def bought_by(customer: Customer, user: Any) -> Bought:
    """Seven queries, however much there is."""
    orders = Order.objects.visible_to(user, role=Role.STAFF).filter(customer=customer)
    refunds = RefundRequest.objects.visible_to(user, role=Role.STAFF).filter(order__customer=customer)
    payments = Transaction.objects.visible_to(user, role=Role.STAFF).filter(order__customer=customer)
    return Bought(
        orders=_newest(orders.select_related("edition__event", "organization").defer("search_text")),
        payments=_newest(payments.select_related("order").defer("order__search_text").order_by("-created", "-id")),
        refunds=_newest(_waiting_first(refunds)),
        waiting=_waiting(refunds),
        mails=_newest(_mails(_newest_ids(orders) + _newest_ids(refunds))),
    )


def _newest(rows: Any) -> Newest:
    found = list(rows[: MOST + 1])
    return Newest(found[:MOST], len(found) > MOST)


def _waiting_first(refunds: RefundQuerySet) -> RefundQuerySet:
    joined = refunds.select_related("order", "transaction", "purchase", "staff_user", "approved_by", "rejected_by")
    is_over = Case(When(status__in=HOLDS_RESERVATION, then=0), default=1)
    return joined.defer("order__search_text").order_by(is_over, "-created", "-id")


def _waiting(refunds: RefundQuerySet) -> list[Waiting]:
    held = refunds.filter(status__in=HOLDS_RESERVATION).order_by("currency").values("currency")
    sums = held.annotate(count=Count("pk"), minor=Sum("amount_minor"))
    return [Waiting(row["count"], Money(row["minor"], row["currency"])) for row in sums]


def _newest_ids(rows: Any) -> list[str]:
    return list(rows.order_by("-created", "-id").values_list("pk", flat=True)[:MOST_WRITTEN_ABOUT])


def _mails(about: Sequence[str]) -> Any:
    """To the customer: letters to staff are made of no e-mail message."""
    return OutgoingMail.objects.filter(about__in=about).exclude(email_message_id=None)
