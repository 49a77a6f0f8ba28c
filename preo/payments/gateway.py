"""What a payment provider is to us: it takes an order to refund under a key, and can be asked what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from preo.money import Money


class Result(StrEnum):
    """What became of a refund at the gateway."""

    SETTLED = "settled"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a provider can do with refunds. What it can't is refused when a refund is asked for."""

    is_partial: bool = True
    """Whether less than the whole payment can go back."""
    is_repeatable: bool = True
    """Whether one payment can be refunded several times."""
    is_asynchronous: bool = False
    """Whether it may say `pending` now and what became of it later."""
    is_cancellable: bool = False
    """Whether a pending refund can be called off."""
    is_confirmed_by_staff: bool = False
    """Whether people move the money and say so, as with cash."""
    minimum_minor: int = 1
    currencies: frozenset[str] | None = None
    """None for every currency."""
    longest_after_payment: timedelta | None = None
    """How old a payment may be; None for any age."""
    key_lifetime: timedelta | None = None
    """For how long a repeat under the same key is surely the same refund; None where the provider can be asked
    about a key for ever."""


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
    is_of_this_call_alone: bool = False
    """The call was turned away before the gateway looked at its key, so that an earlier one under the same key may
    still have been taken."""


class GatewayTimeout(Exception):
    """No answer came, or none that says whether the refund was taken: that is unknown, and never failed.

    `ask_after` is how long the provider wants to be left alone.
    """

    def __init__(self, message: str = "", *, ask_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.ask_after = ask_after


class KeyReused(Exception):
    """The same key came with another order: a mistake on our side that no retry mends."""


class CredentialsMissing(Exception):
    """The merchant account lacks what the provider knows it by; the text names it and never what is there."""


class NotSigned(Exception):
    """An incoming event that the provider did not sign, or signed too long ago."""


class Gateway(Protocol):
    """One account at a payment provider. Never called inside a transaction."""

    def refund(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        """Give money back, once for each key however often it is called. Raises GatewayTimeout."""

    def find(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome | None:
        """What became of the refund with this key; None when the gateway doesn't know. Raises GatewayTimeout."""

    def cancel(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        """Call a pending refund off; the outcome says whether that was still possible. Raises GatewayTimeout.

        For providers with the ability alone.
        """


class LateTeller(Gateway, Protocol):
    """A gateway that is asked for its news, because it sends no events."""

    def late_outcomes(self, *, now: datetime, limit: int) -> list[Outcome]:
        """What the gateway has to say about refunds that it had already settled or left pending."""

    def acknowledge(self, outcome: Outcome) -> None:
        """Tell the gateway that a late outcome is recorded on our side, so that it isn't told again."""


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """A verified event, as it came. `id` is the provider's own and the same however often the event is sent."""

    id: str
    type: str
    payload: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefundNews:
    """What an event says of a refund. Without a `key` of ours it was made at the provider, not through us."""

    payment_reference: str
    provider_reference: str
    amount: Money
    result: Result
    key: str = ""
    message: str = ""
    other_references: tuple[str, ...] = ()
    """What else the provider calls the same payment: Stripe's has an intent and a charge."""


@dataclass(frozen=True, slots=True)
class ChargebackNews:
    """A payment that the customer's bank took back; or, with `is_reversed`, gave to us again after all."""

    payment_reference: str
    provider_reference: str
    amount: Money
    is_reversed: bool = False
    message: str = ""
    other_references: tuple[str, ...] = ()


News = RefundNews | ChargebackNews


class Provider(Protocol):
    """A kind of payment provider, before any account of it is known."""

    abilities: Abilities

    def connect(self, credentials: Mapping[str, str]) -> Gateway:
        """The gateway of the account with these credentials. No call is made. Raises CredentialsMissing."""

    def receive(
        self, body: bytes, *, headers: Mapping[str, str], credentials: Mapping[str, str], now: datetime
    ) -> list[ReceivedEvent]:
        """The events of one delivery. Raises NotSigned; CredentialsMissing where nothing can be verified."""

    def news_of(self, payload: Mapping[str, Any]) -> News | None:
        """What a stored event tells of money; None when nothing. The same payload always tells the same."""
