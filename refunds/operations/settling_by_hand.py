"""What people find out where a provider doesn't say: that a refund was paid after all, or not, or in another way."""

from datetime import datetime

from orders.operations.refunding import open_books
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.payments.gateway import Outcome, Result
from preo.recording import operation
from refunds.events import tell_of_movement
from refunds.models import OutsideMovement, RefundRequest
from refunds.operations.confirming_by_hand import readable
from refunds.operations.deciding import lock_refund, lock_with_books
from refunds.operations.recording import write_outcomes
from refunds.policy import why_not_known_by_hand, why_not_paid_otherwise
from refunds.states import MovementKind, MovementState

FOUND_UNPAID = "Looked up at the provider: it was not paid."


class NotUnknown(DomainError):
    code = "not_unknown"


class NotPayableOtherwise(DomainError):
    code = "not_payable_otherwise"


@operation
def settle_by_hand(
    refund: RefundRequest, *, was_paid: bool, reference: str, by: StaffUser, now: datetime
) -> RefundRequest:
    """Record what somebody found in the provider's own records, of a refund that it has not spoken of for long.

    `reference` is the provider's name for the payment, or what shows that there is none. That `by` is an admin is the
    caller's check. Raises InvalidField, NotUnknown. Rule: "Found out by hand" in docs/rules.md.
    """
    reference = readable(reference)
    refund = lock_with_books(refund, now=now)
    if why_not := why_not_known_by_hand(refund, now=now):
        raise NotUnknown(why_not)
    key = refund.attempts.latest("number").key
    result, message = (Result.SETTLED, "") if was_paid else (Result.FAILED, FOUND_UNPAID)
    write_outcomes([Outcome(key, result, reference, message)], now=now, is_news=False)
    refund.refresh_from_db()
    return refund


@operation
def pay_otherwise(refund: RefundRequest, *, reference: str, by: StaffUser, now: datetime) -> OutsideMovement:
    """Record that a failed refund was paid in another way, or by its provider after all: the money counts as gone.

    The refund stays failed and can't be tried again. That `by` is a manager is the caller's check. Raises
    InvalidField, NotPayableOtherwise. Rule: "Paid otherwise" in docs/rules.md.
    """
    reference = readable(reference)
    with open_books([refund.transaction_id], now=now) as shelf:
        books, refund = shelf[refund.transaction_id], lock_refund(refund)
        if why_not := why_not_paid_otherwise(refund):
            raise NotPayableOtherwise(why_not)
        movement = OutsideMovement.objects.create(
            transaction=books.transaction,
            kind=MovementKind.REFUND,
            provider_reference=OutsideMovement.instead_of(refund),
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            state=MovementState.TAKEN,
            message=reference,
            created=now,
            modified=now,
        )
        books.move_outside(refund.amount_minor)
        tell_of_movement(movement, now=now)
    return movement
