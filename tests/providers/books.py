"""The stand-in's books: payments, refunds, and what really moved. Nothing here is safe without the server's lock."""

from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True)
class Script:
    """What becomes of a refund, and of that after `advance`."""

    status: str = "succeeded"
    then: str = ""
    reason: str = ""


SCRIPTS = {
    1: Script("failed", reason="declined"),
    4: Script("pending", "succeeded"),
    5: Script("succeeded", "failed", reason="expired_or_canceled_card"),
    6: Script("pending", "failed", reason="lost_or_stolen_card"),
    7: Script("requires_action", "succeeded"),
}
"""By the last two digits of the amount; everything else succeeds at once."""


@dataclass(frozen=True)
class Payment:
    """`reference` is Stripe's intent or Adyen's PSP reference; `charge` is Stripe's other name for it."""

    reference: str
    charge: str
    minor: int
    currency: str


@dataclass
class Refund:
    id: str
    number: int
    payment: Payment
    minor: int
    key: str
    status: str
    then: str = ""
    reason: str = ""


@dataclass
class Books:
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)
    outgoing: dict[str, int] = field(default_factory=dict)
    """What ever went out under a key, in minor units, also if it came back."""
    returned: dict[str, int] = field(default_factory=dict)
    numbers: count = field(default_factory=lambda: count(1))

    def add_payment(self, reference: str, *, minor: int, currency: str) -> Payment:
        charge = "ch_" + reference.removeprefix("pi_")
        payment = Payment(reference, charge, minor, currency)
        self.payments |= {reference: payment, charge: payment}
        return payment

    def left(self, payment: Payment) -> int:
        """What may still be refunded, in minor units."""
        return payment.minor - sum(one.minor for one in self.of(payment) if one.status not in {"failed", "canceled"})

    def of(self, payment: Payment) -> list[Refund]:
        return [refund for refund in self.refunds if refund.payment == payment]

    def take(self, payment: Payment, *, minor: int, key: str, script: Script | None = None) -> Refund:
        script = script or SCRIPTS.get(minor % 100, Script())
        number = next(self.numbers)
        refund = Refund(f"RF{number:014d}", number, payment, minor, key, "new", script.then, script.reason)
        self.refunds.append(refund)
        self.move(refund, script.status)
        return refund

    def move(self, refund: Refund, status: str) -> None:
        if status == "succeeded":
            self.outgoing[refund.key] = self.outgoing.get(refund.key, 0) + refund.minor
        elif refund.status == "succeeded":
            self.returned[refund.key] = self.returned.get(refund.key, 0) + refund.minor
        refund.status = status

    def moved(self, reference: str) -> int:
        """What is with the customer of a payment, in minor units."""
        return sum(one.minor for one in self.of(self.payments[reference]) if one.status == "succeeded")
