"""Refunds of one Stripe account.

Stripe is asked: a refund carries our key in its metadata, and the list of a payment's refunds is the truth about it,
also after Stripe has forgotten the idempotency key (a day).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import stripe
from django.views.decorators.debug import sensitive_variables
from stripe import InvalidRequestError, Refund, StripeClient, StripeError

from preo.payments.gateway import GatewayTimeout, KeyReused, Outcome, RefundOrder, Result
from preo.payments.reading import CREDENTIALS_REFUSED, refused, text, wait_told
from preo.payments.stripe_words import KEY, key_of, outcome_of, result_of

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams, RefundListParams

NO_PAYMENT = "The transaction has no payment of Stripe: its reference begins with neither pi_ nor ch_."
TOO_LATE = "Stripe could not call it off any more."

UNKNOWN_THERE = "resource_missing"

NAMES = {"pi_": "payment_intent", "ch_": "charge"}

REFUSALS = (stripe.CardError, InvalidRequestError)
"""Stripe looked at the order and won't have it."""

UNAUTHORIZED = (stripe.AuthenticationError, stripe.PermissionError)
"""Stripe didn't look at the order."""


@dataclass(frozen=True, slots=True)
class StripeGateway:
    """Implements preo.payments.gateway.Gateway."""

    client: StripeClient = field(repr=False)

    def refund(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        """Raises KeyReused besides."""
        if not _payment(order):
            return refused(key, NO_PAYMENT)
        try:
            with _unknown_unless_refused(key):
                taken = self._create(order, key=key)
        except UNAUTHORIZED:
            return refused(key, CREDENTIALS_REFUSED, is_of_this_call_alone=True)
        except REFUSALS as refusal:
            if refusal.code == UNKNOWN_THERE:
                return refused(key, _words(refusal), is_of_this_call_alone=True)
            # What is refused now may have been taken by an earlier call under this key.
            return self.find(order, key=key, now=now) or refused(key, _words(refusal))
        return outcome_of(taken, key=key)

    def find(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome | None:
        try:
            with _unknown_unless_refused(key):
                found = self._ours(order, key=key)
        except UNAUTHORIZED:
            raise GatewayTimeout(CREDENTIALS_REFUSED) from None
        except REFUSALS as refusal:
            # Also for a payment that isn't there: the account may have been another one when the refund went out.
            raise GatewayTimeout(f"Stripe would not be asked about {key}: {_words(refusal)}") from None
        return outcome_of(found, key=key) if found else None

    def cancel(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        """Stripe calls off what waits for the customer to act, and nothing else."""
        try:
            with _unknown_unless_refused(key):
                found = self._ours(order, key=key)
                canceled = found and self._cancel(found["id"])
        except UNAUTHORIZED:
            raise GatewayTimeout(CREDENTIALS_REFUSED) from None
        except REFUSALS:
            return self._too_late(order, key=key, now=now)
        if not canceled:
            raise GatewayTimeout(f"Stripe knows no refund {key} of this payment.")
        return outcome_of(canceled, key=key)

    def _too_late(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        found = self.find(order, key=key, now=now)
        if not found:
            raise GatewayTimeout(f"Stripe knows no refund {key} of this payment.")
        return found if found.result == Result.FAILED else replace(found, message=TOO_LATE)

    # The frames of the SDK hold the account's key, so that error pages show nothing from here on.

    @sensitive_variables()
    def _create(self, order: RefundOrder, *, key: str) -> dict[str, Any]:
        params = {**_payment(order), "amount": order.amount.minor, "metadata": {KEY: key}}
        return _read(self.client.v1.refunds.create(cast("RefundCreateParams", params), {"idempotency_key": key}))

    @sensitive_variables()
    def _cancel(self, reference: str) -> dict[str, Any]:
        return _read(self.client.v1.refunds.cancel(reference))

    @sensitive_variables()
    def _ours(self, order: RefundOrder, *, key: str) -> dict[str, Any] | None:
        """The refund with our key; one that didn't fail where there are several."""
        if not _payment(order):
            return None
        params = cast("RefundListParams", {**_payment(order), "limit": 100})
        refunds = map(_read, self.client.v1.refunds.list(params).auto_paging_iter())
        ours = [refund for refund in refunds if key_of(refund) == key]
        return min(ours, key=lambda refund: result_of(refund) == Result.FAILED, default=None)


def _payment(order: RefundOrder) -> dict[str, str]:
    """The parameter that names the payment; empty where it is none of Stripe's."""
    name = NAMES.get(order.payment_reference[:3])
    return {name: order.payment_reference} if name else {}


def _read(refund: Refund) -> dict[str, Any]:
    """Raises AttributeError, as the SDK does in the same case: it makes an object of whatever is JSON."""
    told = refund.to_dict()
    if not text(told, "id"):
        raise AttributeError("id")
    return told


@contextmanager
def _unknown_unless_refused(key: str) -> Iterator[None]:
    """Let what Stripe surely refused pass; turn all else that goes wrong into GatewayTimeout. Raises KeyReused."""
    try:
        yield
    except (*REFUSALS, *UNAUTHORIZED):
        raise
    except stripe.IdempotencyError:
        raise KeyReused(key) from None
    except AttributeError:
        raise GatewayTimeout(f"Stripe's answer about {key} can't be read.") from None
    except StripeError as trouble:
        said = f"answered {trouble.http_status}" if trouble.http_status else "did not answer"
        raise GatewayTimeout(f"Stripe {said} about {key}.", ask_after=wait_told(trouble.headers)) from None


def _words(refusal: StripeError) -> str:
    return refusal.user_message or "Stripe refused it and gave no reason."
