"""What a payment provider is to us: it takes an order to refund under a key, and can be asked what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from preo.money import Money


class Result(StrEnum):
    """What became of a refund at the gateway."""

    SETTLED = "settled"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What to give back, and of which payment. `payment_amount` is the whole payment, in the same currency."""

    payment_reference: str
    payment_amount: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateway says of the refund with our `key`."""

    key: str
    result: Result
    provider_reference: str
    message: str = ""
    check_after: timedelta | None = None


class GatewayTimeout(Exception):
    """No answer came. Whether the refund was taken is unknown."""


class Gateway(Protocol):
    """One payment provider. Never called inside a transaction."""

    def refund(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        """Give money back, once for each key however often it is called. Raises GatewayTimeout."""

    def find(self, key: str, *, now: datetime) -> Outcome | None:
        """What became of the refund with this key; None when the gateway never got it. Raises GatewayTimeout."""

    def late_outcomes(self, *, now: datetime, limit: int) -> list[Outcome]:
        """What the gateway has to say about refunds that it had already settled or left pending."""

    def acknowledge(self, outcome: Outcome) -> None:
        """Tell the gateway that a late outcome is recorded on our side, so that it isn't told again."""
