"""Refunds with what they take, their attempts and the sandbox's books as lines for COPY."""

from collections.abc import Iterator

import orjson

from preo.demo.seeding.baskets import Basket
from preo.demo.seeding.copying import NULL, Table, escaped
from preo.demo.seeding.moments import HOUR, MINUTE, Calendar
from preo.demo.seeding.random_ids import typed
from preo.demo.seeding.refunding import UNDECIDED, Given, Try
from preo.demo.seeding.shops import digits_of
from preo.payments.gateway import Result
from preo.payments.models import SandboxRefund
from refunds.models import RefundAllocation, RefundAttempt, RefundRequest
from refunds.states import ONLY_DEPOSIT, RefundReason, RefundStatus

_NUMBERED = frozenset({"id"})
_WITH_THE_GATEWAY = frozenset({RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY})

REFUNDS = Table.of(
    RefundRequest,
    "id created modified organization_id edition_id order_id transaction_id purchase_id reason scope status"
    " amount_minor currency comment pickup_point_id staff_user_id needs_second_approver approved_by_id approved_at"
    " rejected_by_id rejected_at rejection_reason service_response refund_date asked_as ceiling_minor needs_comment"
    " batch_id",
)
ALLOCATIONS = Table.of(
    RefundAllocation,
    "refund_id purchase_id price_minor deposit_minor handling_fee_minor service_fee_minor",
    but=_NUMBERED,
)
ATTEMPTS = Table.of(
    RefundAttempt,
    "refund_id number key started_at outcome provider_reference message recorded_at ask_at asked",
    but=_NUMBERED,
)
SANDBOX_REFUNDS = Table.of(
    SandboxRefund,
    "id key payment_reference amount_minor currency result message next_result next_at is_told",
)

TABLES = (REFUNDS, ALLOCATIONS, ATTEMPTS, SANDBOX_REFUNDS)

COMMENTS = {
    RefundReason.DEPOSIT_RECLAIM: "Handed in at the pickup point; the deposit receipt was lost.",
    RefundReason.SOLD_OUT: "We ran out before the customer came.",
    RefundReason.EVENT_CANCELLED: "The customer's day was cancelled because of the storm.",
    RefundReason.PRODUCT_DEFECT: "A zip was broken; seen and confirmed at the counter.",
    RefundReason.DUPLICATE_PURCHASE: "Bought twice by mistake.",
    RefundReason.CUSTOMER_REQUEST: "Wrote that they can't come.",
    RefundReason.COMPENSATION: "Waited for more than an hour at the pickup point.",
    RefundReason.OVERCHARGE: "The coupon was not taken into account at the counter.",
    RefundReason.OTHER: "Agreed on the phone.",
    RefundReason.RENTAL_RETURN: "Returned complete and clean.",
}
REJECTION = "The thing was used, and it was in order when it came back."
DECLINED = "The bank declined it."
INVALID = "The customer has taken the payment back through the bank."


def refund_row(refund: Given, order: Basket, calendar: Calendar) -> str:
    """Under no ceiling: all of these came before the limits of today."""
    shop, script = order.placement.shop, refund.script
    return (
        f"{refund.id}\t{calendar.text(refund.asked)}\t{calendar.text(refund.modified)}\t{shop.organization}"
        f"\t{shop.edition}\t{order.id}\t{order.payments[-1].id}\t{refund.unit.id if refund.unit else NULL}"
        f"\t{script.reason.value}\t{script.scope.value}\t{refund.status.value}\t{refund.amount}\t{shop.currency}"
        f"\t{escaped(COMMENTS[script.reason])}\t{_pickup_point(refund)}\t{digits_of(refund.asked_by.pk)}"
        f"\t{refund.needs_second_approver}\t{_decision(refund, calendar)}"
        f"\t{escaped(orjson.dumps(_response(refund)).decode())}"
        f"\t{calendar.text(refund.modified) if refund.status == RefundStatus.PROCESSED else NULL}"
        f"\t{_asked_as(refund, order)}\t{NULL}\tf\t{NULL}\n"
    )


def allocation_rows(refund: Given) -> Iterator[str]:
    for parts in refund.taken:
        yield (
            f"{refund.id}\t{parts.purchase_id or NULL}\t{parts.price_minor}\t{parts.deposit_minor}"
            f"\t{parts.handling_fee_minor}\t{parts.service_fee_minor}\n"
        )


def attempt_rows(refund: Given, calendar: Calendar) -> Iterator[str]:
    asked_about = refund.tries[-1] if refund.tries and refund.status in _WITH_THE_GATEWAY else None
    for attempt in refund.tries:
        heard = f"{_reference(attempt)}\t{_message(attempt)}\t{calendar.text(attempt.recorded)}"
        answer = heard if attempt.result else f"\t\t{NULL}"
        ask_at = calendar.text(attempt.started + MINUTE) if attempt is asked_about else NULL
        yield (
            f"{refund.id}\t{attempt.number}\t{_key(refund, attempt)}\t{calendar.text(attempt.started)}"
            f"\t{attempt.result}\t{answer}\t{ask_at}\t0\n"
        )


def sandbox_rows(refund: Given, order: Basket, calendar: Calendar) -> Iterator[str]:
    """Money moved for what is still unknown to us, too: whoever asks the sandbox hears that it settled."""
    for attempt in refund.tries:
        result = attempt.result or Result.SETTLED
        # Late enough for a visitor to see some that wait.
        later = f"{Result.SETTLED}\t{calendar.text(_settles(refund))}" if result == Result.PENDING else f"\t{NULL}"
        yield (
            f"{attempt.sandbox_id}\t{_key(refund, attempt)}\t{order.payments[-1].reference}\t{refund.amount}"
            f"\t{order.placement.shop.currency}\t{result}\t{_message(attempt)}\t{later}\tf\n"
        )


def _settles(refund: Given) -> int:
    return 30 * HOUR + refund.amount % 72 * HOUR


def _pickup_point(refund: Given) -> str:
    if refund.unit is None or refund.script.reason not in ONLY_DEPOSIT:
        return NULL
    return refund.unit.place.split("\t")[0]


def _asked_as(refund: Given, order: Basket) -> str:
    return order.placement.shop.house.role_of(refund.asked_by).value


def _decision(refund: Given, calendar: Calendar) -> str:
    """Approved by and at, rejected by, at and why."""
    who, at = digits_of(refund.decided_by.pk), calendar.text(refund.decided)
    if refund.status == RefundStatus.REJECTED:
        return f"{NULL}\t{NULL}\t{who}\t{at}\t{escaped(REJECTION)}"
    if refund.status in UNDECIDED:
        return f"{NULL}\t{NULL}\t{NULL}\t{NULL}\t"
    return f"{who}\t{at}\t{NULL}\t{NULL}\t"


def _response(refund: Given) -> dict[str, str]:
    if refund.status == RefundStatus.INVALID:
        return {"message": INVALID}
    if not refund.tries or not refund.tries[-1].result:
        return {}
    last = refund.tries[-1]
    return {"result": last.result, "reference": _reference(last), "message": _message(last)}


def _key(refund: Given, attempt: Try) -> str:
    return f"{typed('rfd', refund.id)}-{attempt.number}"


def _reference(attempt: Try) -> str:
    return f"sandbox-{attempt.sandbox_id}"


def _message(attempt: Try) -> str:
    return DECLINED if attempt.result == Result.FAILED else ""
