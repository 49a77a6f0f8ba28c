"""Payments through accounts at providers, and what those providers tell of them."""

from datetime import datetime
from itertools import count
from typing import Any

from editions.models import Edition, MerchantAccount
from orders.models import LedgerEntry, Transaction
from orders.states import LedgerAccount
from preo.accounts.models import Organization
from refunds.models import OutsideMovement, ProviderEvent
from refunds.operations.receiving import receive_delivery
from tests.factories import NOON, make_order
from tests.factories_ready import sealed
from tests.providers import accounts, adyen_events, stripe_events
from tests.providers.books import Payment, Refund
from tests.providers.events import signed

CREDENTIALS = {"stripe": accounts.STRIPE, "adyen": accounts.ADYEN}
_numbers = count(1)


def make_account(organization: Organization, provider: str = "stripe") -> MerchantAccount:
    return MerchantAccount.objects.create(
        organization=organization,
        name=provider.title(),
        type=provider,
        supported_currencies=["dkk"],
        credentials=sealed(**CREDENTIALS[provider]),
    )


def make_paid(edition: Edition, account: MerchantAccount, **others: Any) -> Transaction:
    """The payment of a new order of 515.00, under a reference of the account's provider."""
    order = make_order(edition, service=account.type, **others)
    number = next(_numbers)
    reference = f"pi_{number:024d}" if account.type == "stripe" else f"{number:016d}"
    order.transactions.update(merchant_account=account, provider_reference=reference)
    return order.transactions.get()


def refund_told(
    paid: Transaction | str, status: str, *, minor: int = 100_00, key: str = "", number: int = 1
) -> dict[str, Any]:
    """What Stripe tells of a refund as it becomes `status`; without a key it was made in the dashboard."""
    reference = paid if isinstance(paid, str) else paid.provider_reference
    payment = Payment(reference, reference.replace("pi_", "ch_"), 515_00, "dkk")
    refund = Refund(f"{number:06d}", number, payment, minor, key, status)
    type_ = {"pending": "refund.created", "failed": "refund.failed"}.get(status, "refund.updated")
    return stripe_events.event(type_, stripe_events.refund_object(refund))


def chargeback_told(paid: Transaction, *, is_reversed: bool = False) -> dict[str, Any]:
    payment = Payment(paid.provider_reference, "ch_1", paid.amount_minor, "dkk")
    teller = stripe_events if paid.service == "stripe" else adyen_events
    return teller.dispute(payment, is_reversed=is_reversed)


def adyen_told(paid: Transaction, code: str, *, minor: int = 100_00, is_success: bool = True, key: str = "") -> Any:
    payment = Payment(paid.provider_reference, "", paid.amount_minor, "dkk")
    return adyen_events.item(code, payment, psp="RF00000000000001", minor=minor, key=key, is_success=is_success)


def deliver(account: MerchantAccount, *payloads: dict[str, Any], now: datetime = NOON) -> None:
    """One delivery for each event."""
    for payload in payloads:
        body, headers = signed(account.type, payload, at=now.timestamp())
        receive_delivery(body, provider=account.type, account_id=account.pk, headers=headers, now=now)


def conclusions() -> list[str]:
    """What came of the events, in the order in which they came."""
    return list(ProviderEvent.objects.order_by("received_at", "id").values_list("status", flat=True))


def movements() -> list[tuple[str, str, int]]:
    return list(OutsideMovement.objects.order_by("created", "id").values_list("kind", "state", "amount_minor"))


def outside(paid: Transaction) -> int:
    """What is counted as gone without us, in minor units; the ledger agrees."""
    paid.refresh_from_db()
    entries = LedgerEntry.objects.filter(transaction=paid, account=LedgerAccount.OUTSIDE)
    assert paid.outside_minor == sum(entries.values_list("amount_minor", flat=True))
    return paid.outside_minor
