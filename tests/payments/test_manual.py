"""Refunds that people carry out."""

import pytest

from preo.payments.gateway import NotSigned, Outcome, Result
from preo.payments.manual import WAITS
from preo.payments.registry import PROVIDERS, abilities_of, connect
from tests.factories import NOON
from tests.payments.conftest import KEY, cancel, find, refund


def test_refund_waits_for_staff_whatever_is_asked_how_often() -> None:
    gateway = connect("manual", {})

    for _ in range(2):
        assert refund(gateway, 10_00, payment="tra_1") == Outcome(KEY, Result.PENDING, "", WAITS)
        assert find(gateway, 10_00, payment="tra_1") is None


def test_cancel_calls_it_off() -> None:
    assert cancel(connect("manual", {}), 10_00) == Outcome(KEY, Result.FAILED, "", "It was called off.")


def test_manual_is_confirmed_by_staff_and_nobody_sends_events() -> None:
    abilities = abilities_of("manual")

    assert abilities
    assert (abilities.is_confirmed_by_staff, abilities.is_cancellable) == (True, True)
    assert PROVIDERS["manual"].news_of({"type": "refund.updated"}) is None
    with pytest.raises(NotSigned):
        PROVIDERS["manual"].receive(b"{}", headers={}, credentials={}, now=NOON)
