"""Stripe's side: refunds of payment intents and charges."""

from typing import Any

from tests.providers.accounts import STRIPE
from tests.providers.answers import Answer, Call, Cut
from tests.providers.books import Payment
from tests.providers.keys import Seen
from tests.providers.stand_in import StandIn
from tests.providers.stripe_events import refund_object
from tests.providers.taking import House, once


def error(status: int, message: str, *, kind: str = "invalid_request_error", code: str = "", **headers: str) -> Answer:
    told = {"type": kind, "message": message} | ({"code": code} if code else {})
    return Answer(status, {"error": told}, {name.replace("_", "-"): text for name, text in headers.items()})


def answer(stand_in: StandIn, call: Call) -> Answer:
    """What a call to /v1/refunds… gets."""
    if call.headers.get("Authorization") != f"Bearer {STRIPE['secret_key']}":
        return error(401, "Invalid API Key provided: sk_test_****Leak")
    if call.method == "GET":
        return _list(stand_in, call)
    if call.path.endswith("/cancel"):
        return _cancel(stand_in, call)
    return once(stand_in, call, house=STRIPE_HOUSE, request=(call.path, tuple(sorted(call.form.items()))))


def _take(stand_in: StandIn, call: Call) -> Answer:
    payment = _payment(stand_in, call)
    if payment is None:
        return _no_such(call)
    minor = int(call.form.get("amount") or stand_in.books.left(payment))
    left = stand_in.books.left(payment)
    if left <= 0:
        return error(400, f"Charge {payment.charge} has already been refunded.", code="charge_already_refunded")
    if not 0 < minor <= left:
        return error(400, f"Refund amount ({minor}) is greater than unrefunded amount on charge ({left})")
    refund = stand_in.books.take(payment, minor=minor, key=call.form.get("metadata[preo_key]", ""))
    stand_in.tell(refund, before="")
    return Answer(200, refund_object(refund))


def _list(stand_in: StandIn, call: Call) -> Answer:
    """The newest first, a page at a time."""
    with stand_in.lock:
        trouble = _trouble(stand_in, "find")
        payment = _payment(stand_in, call)
        if trouble or payment is None:
            return trouble or _no_such(call)
        found = sorted(stand_in.books.of(payment), key=lambda refund: -refund.number)
        rows = [refund_object(refund) for refund in found]
    ids = [row["id"] for row in rows]
    start = ids.index(call.form["starting_after"]) + 1 if "starting_after" in call.form else 0
    end = start + min(int(call.form.get("limit", 10)), 100, stand_in.longest_page)
    return Answer(200, {"object": "list", "url": "/v1/refunds", "data": rows[start:end], "has_more": end < len(rows)})


def _cancel(stand_in: StandIn, call: Call) -> Answer:
    with stand_in.lock:
        if trouble := _trouble(stand_in, "cancel"):
            return trouble
        id_ = call.path.split("/")[3]
        refund = next((one for one in stand_in.books.refunds if f"re_{one.id}" == id_), None)
        if refund is None:
            return error(404, f"No such refund: '{id_}'", code="resource_missing")
        if refund.status != "requires_action":
            return error(400, f"A refund that is {refund.status} can't be canceled.")
        stand_in.turn(refund, "canceled")
        return Answer(200, refund_object(refund))


def _trouble(stand_in: StandIn, on: str) -> Answer | None:
    fault = stand_in.faults.due(on)
    if fault.kind.startswith("cut"):
        raise Cut
    if fault.kind.startswith("garbled"):
        return Answer(fault.status, fault.body)
    if fault.kind == "refused":
        return error(400, "Received unknown parameter: limit", code="parameter_unknown")
    if fault.kind.startswith("broken"):
        return STRIPE_HOUSE.broken
    return STRIPE_HOUSE.rate_limited(fault.seconds) if fault.kind == "rate_limited" else None


def _payment(stand_in: StandIn, call: Call) -> Payment | None:
    return stand_in.books.payments.get(call.form.get("payment_intent") or call.form.get("charge", ""))


def _no_such(call: Call) -> Answer:
    return error(404, f"No such payment: {dict(call.form)}", code="resource_missing")


def _of_known_key(known: Seen, request: object) -> Answer:
    if known.request != request:
        text = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        return error(400, text, kind="idempotency_error")
    if known.answer is None:
        text = "There is currently another in-progress request using this Idempotent Key."
        return error(409, text, kind="idempotency_error", code="idempotency_key_in_use")
    replayed: dict[str, Any] = {**known.answer.headers, "Idempotent-Replayed": "true"}
    return Answer(known.answer.status, known.answer.body, replayed)


STRIPE_HOUSE = House(
    name="stripe",
    broken=error(500, "Something went wrong on our side.", kind="api_error"),
    rate_limited=lambda seconds: error(429, "Too many requests.", code="rate_limit", Retry_After=f"{seconds:.0f}"),
    take=_take,
    of_known_key=_of_known_key,
    keeps_failures=True,
)
