"""Refunds of one Adyen merchant account.

Adyen answers `received` and tells by an event what became of it. It can't be asked, so a refund whose answer was lost
is sent again under the same key, which makes it the same refund.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from Adyen import AdyenError
from Adyen.services.checkout.modifications_api import ModificationsApi
from django.views.decorators.debug import sensitive_variables
from requests import RequestException

from preo.payments.gateway import GatewayTimeout, KeyReused, Outcome, RefundOrder, Result
from preo.payments.reading import CREDENTIALS_REFUSED, fitting, member, refused, text, wait_told

NO_PAYMENT = "The transaction has no payment of Adyen: its reference is no PSP reference."
_PSP_REFERENCE = re.compile(r"[0-9A-Za-z]{1,64}")

UNAUTHORIZED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
IN_PROGRESS = "704"
"""The error code of a call under a key that Adyen is still at work on."""


@dataclass(frozen=True, slots=True)
class AdyenGateway:
    """Implements preo.payments.gateway.Gateway, without calling anything off."""

    modifications: ModificationsApi = field(repr=False)
    merchant_account: str

    def refund(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        """Raises KeyReused besides."""
        # The SDK puts the reference into the path as it is.
        if not _PSP_REFERENCE.fullmatch(order.payment_reference):
            return refused(key, NO_PAYMENT)
        try:
            answer = self._send(order, key=key)
        except AdyenError as trouble:
            return _refused(trouble, key=key)
        except (RequestException, AttributeError) as trouble:
            # An answer that is JSON and no object, as of a proxy, makes the SDK stumble.
            raise GatewayTimeout(f"Adyen did not answer about {key}: {type(trouble).__name__}.") from None
        return _taken(answer, order, key=key)

    def find(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome | None:
        return None

    def cancel(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        raise NotImplementedError("Adyen calls no refund off.")

    @sensitive_variables()
    def _send(self, order: RefundOrder, *, key: str) -> Mapping[str, Any]:
        body = {
            "amount": {"value": order.amount.minor, "currency": order.amount.currency.upper()},
            "merchantAccount": self.merchant_account,
            "reference": key,
        }
        sent = self.modifications.refund_captured_payment(body, order.payment_reference, idempotency_key=key)
        return sent.message if isinstance(sent.message, dict) else {}


def _taken(answer: Mapping[str, Any], order: RefundOrder, *, key: str) -> Outcome:
    """Adyen repeats its first answer under a key whatever is asked then; what it echoes tells of what."""
    psp_reference = text(answer, "pspReference")
    if not psp_reference:
        raise GatewayTimeout(f"Adyen's answer about {key} says nothing.")
    echoed = (answer.get("paymentPspReference"), member(answer, "amount").get("value"))
    asked = (order.payment_reference, order.amount.minor)
    if any(echo not in (None, own) for echo, own in zip(echoed, asked, strict=True)):
        raise KeyReused(key)
    return Outcome(key, Result.PENDING, fitting(psp_reference))


def _refused(trouble: AdyenError, *, key: str) -> Outcome:
    """The refusal, if it surely is one and Adyen's own. Raises GatewayTimeout."""
    said = trouble.message if isinstance(trouble.message, dict) else {}
    headers = trouble.headers or {}
    if trouble.status_code in UNAUTHORIZED:
        return refused(key, CREDENTIALS_REFUSED, is_of_this_call_alone=True)
    is_transient = headers.get("transient-error") == "true" or text(said, "errorCode") == IN_PROGRESS
    if trouble.status_code in REFUSALS and text(said, "errorCode") and not is_transient:
        # A repeat may go out with other credentials than the first call had, which may have been taken.
        why = text(said, "message") or "Adyen refused it and gave no reason."
        return refused(key, why, is_of_this_call_alone=True)
    raise GatewayTimeout(f"Adyen answered {trouble.status_code} about {key}.", ask_after=wait_told(headers)) from None
