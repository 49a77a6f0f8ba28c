"""Refunds that staff pay by hand: saying that the money was handed over or transferred."""

from datetime import datetime

from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from preo.payments.gateway import Outcome, Result
from preo.recording import operation
from refunds.models import RefundRequest
from refunds.operations.deciding import lock_with_books
from refunds.operations.recording import write_outcomes
from refunds.policy import why_not_by_hand

LONGEST_REFERENCE = 100


class NotConfirmable(DomainError):
    code = "not_confirmable"


@operation
def confirm_refund(refund: RefundRequest, *, reference: str, by: StaffUser, now: datetime) -> RefundRequest:
    """Record that a refund was paid by hand: it is processed, and the customer is told as of any other.

    `reference` is how the payment is found again, such as the number of a receipt; one transfer may pay several
    refunds, so it need not be unique. That `by` is staff is the caller's check. Raises InvalidField, NotConfirmable.
    Rule: "Paid by hand" in docs/rules.md.
    """
    reference = readable(reference)
    refund = lock_with_books(refund, now=now)
    if why_not := why_not_by_hand(refund):
        raise NotConfirmable(why_not)
    key = refund.attempts.latest("number").key
    write_outcomes([Outcome(key, Result.SETTLED, reference)], now=now)
    refund.refresh_from_db()
    return refund


def readable(reference: str) -> str:
    """The reference without blanks around it. Raises InvalidField."""
    reference = reference.strip()
    if not reference:
        raise InvalidField("reference", "required", "Give the number of the receipt or transfer.")
    if len(reference) > LONGEST_REFERENCE:
        raise InvalidField("reference", "too_long", f"Give at most {LONGEST_REFERENCE} characters.")
    if not reference.isprintable():
        raise InvalidField("reference", "not_printable", "Leave out line breaks and control characters.")
    return reference
