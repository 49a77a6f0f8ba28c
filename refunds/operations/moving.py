"""Writing down what moved at a provider without us: refunds made there, and chargebacks."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from orders.models import Transaction
from orders.operations.refunding import Books, open_books
from preo.money import Money
from preo.payments.gateway import Outcome, Result
from preo.recording import operation
from preo.states import require_move
from refunds.events import tell_of_movement
from refunds.messages import AlertKind
from refunds.models import OutsideMovement, ProviderEvent, RefundRequest
from refunds.operations.alerting import Alarm, alert_of_movement, alert_staff
from refunds.operations.concluding import Conclusion, conclude, held
from refunds.states import HOLDS_RESERVATION, MOVEMENT_MOVES, EventStatus, MovementKind, MovementState, RefundStatus

WORDS = {MovementKind.REFUND: "refund made at the provider", MovementKind.CHARGEBACK: "chargeback"}

AFTER_ALL = "A refund that had failed on the books was paid after all."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says of money that moved without us; `reference` is the provider's name for the movement."""

    kind: MovementKind
    reference: str
    amount: Money
    is_returned: bool
    message: str = ""


@operation
def record_movement(event: ProviderEvent, told: Told, *, transaction: Transaction, now: datetime) -> Conclusion:
    """Book money that moved without us, or that it came back; the event is concluded in the same transaction.

    In any order and however often: a movement is taken once and comes back once, and one whose end came first is
    never taken. Locks the transaction's books before the event. Rule: "Moved outside" in docs/rules.md.
    """
    with open_books([transaction.pk], now=now) as shelf:
        books = shelf[transaction.pk]
        if held(event) is None:
            return Conclusion(EventStatus.IGNORED, "Somebody else has looked at it meanwhile.")
        movement = _movement(books, told)
        is_new = _take_or_return(movement, told, books, now=now)
        found = _conclusion(movement, told, books, is_new=is_new)
        if is_new:
            _tell_staff(movement, missing_minor=overdrawn_minor(books.transaction), now=now)
    conclude(event, found, now=now)
    return found


def note_of_failed(refund: RefundRequest, outcome: Outcome, books: Books, *, now: datetime) -> bool:
    """Book that the provider paid a refund which failed on our books, or took that back; whether it was news.

    A step of an operation that holds the books. The money counts as moved outside, under the provider's own name.
    """
    is_returned = outcome.result == Result.FAILED
    told = Told(MovementKind.REFUND, outcome.provider_reference, refund.amount, is_returned, AFTER_ALL)
    movement = _movement(books, told)
    if is_returned and movement._state.adding:
        return False
    return _take_or_return(movement, told, books, now=now)


def _movement(books: Books, told: Told) -> OutsideMovement:
    """The one that is known, or a new row, not saved yet. The lock on the books keeps others from adding it."""
    known = {"transaction": books.transaction, "kind": told.kind, "provider_reference": told.reference}
    found = OutsideMovement.objects.select_related("transaction__order").filter(**known).first()
    return found or OutsideMovement(**known, amount_minor=told.amount.minor, currency=told.amount.currency)


def _take_or_return(movement: OutsideMovement, told: Told, books: Books, *, now: datetime) -> bool:
    """Whether this was news."""
    to = MovementState.RETURNED if told.is_returned else MovementState.TAKEN
    if movement._state.adding:
        movement.state, movement.message, movement.created, movement.modified = to, told.message[:300], now, now
        movement.save(force_insert=True)
        moved = 0 if told.is_returned else movement.amount_minor
    elif to == MovementState.RETURNED != movement.state:
        require_move(MOVEMENT_MOVES, here=MovementState(movement.state), to=to)
        movement.state, movement.message, movement.modified = to, told.message[:300] or movement.message, now
        movement.save(update_fields=["state", "message", "modified"])
        moved = -movement.amount_minor
    else:
        return False
    if moved:
        books.move_outside(moved)
        tell_of_movement(movement, now=now)
    return True


def _conclusion(movement: OutsideMovement, told: Told, books: Books, *, is_new: bool) -> Conclusion:
    paid, what = books.transaction, f"{movement.amount} {WORDS[told.kind]}"
    if not is_new:
        return Conclusion(EventStatus.IGNORED, f"{what}: known already.", transaction_id=paid.pk)
    said = f"{what}: {'it came back' if told.is_returned else 'taken'}."
    if missing := overdrawn_minor(paid):
        said += f" {Money(missing, paid.currency)} more is gone or reserved than was paid."
    return Conclusion(EventStatus.APPLIED, said, transaction_id=paid.pk)


def overdrawn_minor(paid: Transaction) -> int:
    """How much more is given back, reserved and moved outside than was paid; 0 where that fits."""
    return max(paid.refunded_minor + paid.reserved_minor + paid.outside_minor - paid.amount_minor, 0)


def _tell_staff(movement: OutsideMovement, *, missing_minor: int, now: datetime) -> None:
    """Of a payment that doesn't cover what is gone, and otherwise of a chargeback."""
    if missing_minor:
        _say_that_it_is_overdrawn(movement, missing_minor=missing_minor, now=now)
    elif movement.kind == MovementKind.CHARGEBACK and movement.state == MovementState.TAKEN:
        alert_of_movement(AlertKind.CHARGEBACK, movement, now=now)


def _say_that_it_is_overdrawn(movement: OutsideMovement, *, missing_minor: int, now: datetime) -> None:
    """Refunds under way may fail at the provider, or the money is gone twice: a person must see to it."""
    log.error("payment_is_overdrawn", transaction=movement.transaction_id, missing_minor=missing_minor)
    refunds = RefundRequest.objects.filter(transaction=movement.transaction_id).order_by("id")
    waiting = list(refunds.filter(status__in=HOLDS_RESERVATION))
    newest = refunds.filter(status=RefundStatus.PROCESSED).last() if not waiting else None
    alarms = [Alarm(AlertKind.UNCOVERED, refund, f"{movement.pk}:{refund.pk}") for refund in waiting]
    alert_staff([*alarms, *([Alarm(AlertKind.PAID_TWICE, newest, movement.pk)] if newest else [])], now=now)
    if not waiting and newest is None:
        alert_of_movement(AlertKind.OVERDRAWN, movement, now=now)
