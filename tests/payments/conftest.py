"""The gateways of the stand-in's accounts, and what to order of them."""

from typing import Any

import pytest

from preo.money import Money
from preo.payments.gateway import Gateway, Outcome, RefundOrder
from preo.payments.registry import connect
from tests.factories import NOON
from tests.providers.accounts import ADYEN, STRIPE
from tests.providers.fixtures import remote_stand_in, stand_in
from tests.providers.stand_in import StandIn

__all__ = ["remote_stand_in", "stand_in"]

PAID = 100_00
INTENT, PSP = "pi_3StandIn", "8835511210681324"
KEY = "rfd_01kafx3jk7e5ts7f8f4q9z3v2a-1"


@pytest.fixture
def stripe(stand_in: StandIn) -> Gateway:
    stand_in.add_payment(INTENT, minor=PAID)
    return connect("stripe", STRIPE)


@pytest.fixture
def adyen(stand_in: StandIn) -> Gateway:
    stand_in.add_payment(PSP, minor=PAID)
    return connect("adyen", ADYEN)


def order(minor: int, *, payment: str = INTENT) -> RefundOrder:
    return RefundOrder(payment, Money(PAID, "dkk"), Money(minor, "dkk"))


def refund(gateway: Gateway, minor: int, *, payment: str = INTENT, key: str = KEY) -> Outcome:
    return gateway.refund(order(minor, payment=payment), key=key, now=NOON)


def find(gateway: Gateway, minor: int, *, payment: str = INTENT, key: str = KEY) -> Outcome | None:
    return gateway.find(order(minor, payment=payment), key=key, now=NOON)


def cancel(gateway: Gateway, minor: int, *, key: str = KEY) -> Outcome:
    return gateway.cancel(order(minor), key=key, now=NOON)


def statuses(stand_in: StandIn) -> list[Any]:
    """What each call so far was answered; 0 for a cut connection."""
    return [call["status"] for call in stand_in.calls()]
