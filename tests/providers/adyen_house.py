"""Adyen's side: refunds of captured payments. All that it answers is `received`; the rest it tells by events."""

from tests.providers.accounts import ADYEN
from tests.providers.answers import Answer, Call
from tests.providers.books import Script
from tests.providers.keys import Seen
from tests.providers.stand_in import StandIn
from tests.providers.taking import House, once


def error(status: int, code: str, message: str, **headers: str) -> Answer:
    told = {"status": status, "errorCode": code, "message": message, "errorType": "validation"}
    return Answer(status, told, {name.replace("_", "-"): text for name, text in headers.items()})


def answer(stand_in: StandIn, call: Call) -> Answer:
    """What a call to /v…/payments/…/refunds gets."""
    if call.headers.get("X-API-Key") != ADYEN["api_key"]:
        return error(401, "000", "HTTP Status Response - Unauthorized")
    if call.json.get("merchantAccount") != ADYEN["merchant_account"]:
        return error(403, "901", "Invalid Merchant Account")
    return once(stand_in, call, house=ADYEN_HOUSE, request=(call.path, repr(call.json)))


def _take(stand_in: StandIn, call: Call) -> Answer:
    payment = stand_in.books.payments.get(call.path.split("/")[3])
    if payment is None:
        return error(422, "167", "Original pspReference required for this operation")
    asked = call.json["amount"]
    if asked["currency"] != payment.currency.upper() or asked["value"] <= 0:
        return error(422, "137", "Invalid amount specified")
    is_covered = asked["value"] <= stand_in.books.left(payment)
    script = None if is_covered else Script("failed", reason="insufficient")
    refund = stand_in.books.take(payment, minor=asked["value"], key=call.json["reference"], script=script)
    stand_in.tell(refund, before="")
    told = {
        "merchantAccount": ADYEN["merchant_account"],
        "paymentPspReference": payment.reference,
        "reference": refund.key,
        "pspReference": refund.id,
        "status": "received",
        "amount": asked,
    }
    return Answer(201, told)


def _of_known_key(known: Seen, request: object) -> Answer:
    """The first answer, whatever is asked now: Adyen looks at the key alone."""
    if known.answer is None:
        return error(422, "704", "request already processed or in progress", transient_error="true")
    return known.answer


ADYEN_HOUSE = House(
    name="adyen",
    broken=error(500, "905", "Payment details are not supported"),
    rate_limited=lambda seconds: error(429, "029", "Too many requests", Retry_After=f"{seconds:.0f}"),
    take=_take,
    of_known_key=_of_known_key,
    keeps_failures=False,
)
