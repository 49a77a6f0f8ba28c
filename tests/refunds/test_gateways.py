"""What a provider can't do is refused as a refund is asked for, in words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.payments.gateway import Abilities
from preo.payments.manual import ManualProvider
from preo.payments.registry import PROVIDERS
from refunds.gateways import why_not_able
from refunds.operations.requesting import ProviderCannot
from tests.factories import NOON, make_order, make_purchase, make_refund

pytestmark = pytest.mark.django_db

DAYS = timedelta(days=30)


@dataclass(frozen=True)
class Strict(ManualProvider):
    """A provider with other abilities than those we have yet."""

    abilities: Abilities


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Registers a provider with the given abilities, under the name `strict`."""
    return lambda **abilities: monkeypatch.setitem(PROVIDERS, "strict", Strict(Abilities(**abilities)))  # type: ignore[arg-type]  # read-only for the product alone


@pytest.mark.parametrize(
    ("abilities", "of_the_payment", "why_not"),
    [
        ({"is_partial": False}, {}, "strict gives back whole payments only."),
        ({"is_repeatable": False}, {"refunded_minor": 1}, "and this one has a refund."),
        ({"is_repeatable": False}, {"reserved_minor": 1}, "and this one has a refund."),
        ({"is_repeatable": False}, {"outside_minor": 1}, "and this one has a refund."),
        ({"minimum_minor": 20_01}, {}, "strict gives back 20.01 DKK or more."),
        ({"currencies": frozenset({"eur"})}, {}, "strict gives back no DKK."),
        ({"longest_after_payment": DAYS}, {"created": NOON - DAYS - timedelta(seconds=1)}, "more than 30 days after"),
    ],
)
def test_why_not_able_says_what_the_provider_cannot_do(
    edition: Edition, strict: Any, abilities: dict[str, Any], of_the_payment: dict[str, Any], why_not: str
) -> None:
    strict(**abilities)
    paid = make_order(edition, service="strict").transactions.get()
    for column, value in of_the_payment.items():
        setattr(paid, column, value)

    assert why_not in str(why_not_able(paid, 20_00, now=NOON))


def test_why_not_able_lets_through_what_the_provider_just_can(edition: Edition, strict: Any) -> None:
    strict(
        is_partial=False,
        is_repeatable=False,
        minimum_minor=515_00,
        currencies=frozenset({"dkk"}),
        longest_after_payment=DAYS,
    )
    paid: Transaction = make_order(edition, service="strict").transactions.get()
    paid.created = NOON - DAYS

    assert why_not_able(paid, 515_00, now=NOON) is None


def test_request_refund_refuses_what_the_provider_cannot_do(edition: Edition, staff: StaffUser, strict: Any) -> None:
    strict(is_partial=False)
    purchase = make_purchase(edition)
    Transaction.objects.update(service="strict")
    purchase.refresh_from_db()

    with pytest.raises(ProviderCannot, match="whole payments only"):
        make_refund(purchase, by=staff)

    assert Transaction.objects.get().reserved_minor == 0
