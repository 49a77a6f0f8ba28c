"""Adyen's refunds through its SDK, over HTTP, against a stand-in that has Adyen's rules."""

from datetime import timedelta
from typing import Any

import pytest

from preo.payments.adyen_gateway import NO_PAYMENT
from preo.payments.gateway import CredentialsMissing, Gateway, GatewayTimeout, KeyReused, Outcome, Result
from preo.payments.reading import CREDENTIALS_REFUSED
from preo.payments.registry import abilities_of, connect
from tests.payments.conftest import KEY, PAID, PSP, find, order, refund
from tests.providers.accounts import ADYEN
from tests.providers.stand_in import StandIn

each = pytest.mark.parametrize


def send(gateway: Gateway, minor: int = 10_00, *, payment: str = PSP, key: str = KEY) -> Outcome:
    return refund(gateway, minor, payment=payment, key=key)


def test_refund_is_received_and_nothing_more(stand_in: StandIn, adyen: Gateway) -> None:
    outcome = send(adyen)

    assert outcome == Outcome(KEY, Result.PENDING, outcome.provider_reference)
    assert len(outcome.provider_reference) == 16
    assert stand_in.moved(PSP) == 10_00


def test_adyen_cannot_be_asked(stand_in: StandIn, adyen: Gateway) -> None:
    send(adyen)
    abilities = abilities_of("adyen")

    assert find(adyen, 10_00, payment=PSP) is None
    assert len(stand_in.calls()) == 1
    assert abilities
    assert (abilities.is_cancellable, abilities.key_lifetime) == (False, timedelta(days=7))


@each("payment", ["tra_1", "", "..", "a/b", "A?x=1", "x" * 65])
def test_refund_of_what_is_no_psp_reference_fails_without_a_call(
    stand_in: StandIn, adyen: Gateway, payment: str
) -> None:
    assert send(adyen, payment=payment) == Outcome(KEY, Result.FAILED, "", NO_PAYMENT)
    assert stand_in.calls() == []


def test_refund_moves_once_however_often_it_is_called(stand_in: StandIn, adyen: Gateway) -> None:
    outcomes = {send(adyen) for _ in range(3)}

    assert len(outcomes) == 1
    assert (stand_in.moved(PSP), stand_in.taken(KEY)) == (10_00, 1)


def test_refund_after_the_keys_lifetime_would_move_twice(stand_in: StandIn, adyen: Gateway) -> None:
    """The control, and why the lifetime is among the abilities."""
    send(adyen)
    stand_in.forget_keys()
    send(adyen)

    assert (stand_in.moved(PSP), stand_in.taken(KEY)) == (20_00, 2)


@each("other", [{"minor": 20_00}, {"payment": "OTHER"}])
def test_refund_under_a_key_of_another_order_is_our_mistake(
    stand_in: StandIn, adyen: Gateway, other: dict[str, Any]
) -> None:
    """Adyen repeats its first answer instead of refusing; what it echoes gives it away."""
    stand_in.add_payment("OTHER")
    send(adyen)

    with pytest.raises(KeyReused):
        send(adyen, **other)

    assert (stand_in.moved(PSP), stand_in.moved("OTHER")) == (10_00, 0)


def test_refund_above_what_is_left_is_received_and_fails_by_an_event(stand_in: StandIn, adyen: Gateway) -> None:
    send(adyen, PAID, key="first")

    assert send(adyen, 1_00).result == Result.PENDING
    assert stand_in.told("adyen")[-1]["reason"] == "Insufficient balance on payment"
    assert stand_in.moved(PSP) == PAID


def test_refund_of_an_unknown_payment_fails_in_adyens_words(adyen: Gateway) -> None:
    outcome = send(adyen, payment="UNKNOWN")

    words = "Original pspReference required for this operation"
    assert outcome == Outcome(KEY, Result.FAILED, "", words, is_of_this_call_alone=True)


FAULTS = ["broken_before", "broken_after", "cut_before", "cut_after", "garbled_after", "rate_limited"]


@each("fault", FAULTS)
def test_no_answer_is_unknown_and_a_repeat_moves_once(stand_in: StandIn, adyen: Gateway, fault: str) -> None:
    stand_in.fault(fault)

    with pytest.raises(GatewayTimeout):
        send(adyen)
    unknown = stand_in.taken(KEY)
    again = send(adyen)

    assert (unknown, again.result) == (int(fault.endswith("_after")), Result.PENDING)
    assert (stand_in.moved(PSP), stand_in.taken(KEY)) == (10_00, 1)
    assert len(stand_in.calls()) == 2, "the SDK must not repeat by itself"


@each("status", [200, 400, 404, 422])
@each("body", ["null", "[]", "{}", '"ok"', "<html>", '{"pspReference": 5}'])
def test_an_answer_that_cannot_be_read_is_unknown(stand_in: StandIn, adyen: Gateway, body: str, status: int) -> None:
    """A page of some proxy is no refusal of Adyen's."""
    stand_in.fault("garbled_after", body=body, status=status)

    with pytest.raises(GatewayTimeout):
        send(adyen)

    assert send(adyen).result == Result.PENDING
    assert stand_in.taken(KEY) == 1


def test_a_slow_answer_is_unknown_and_the_key_is_in_use_meanwhile(
    stand_in: StandIn, adyen: Gateway, settings: Any
) -> None:
    settings.PROVIDER_TIMEOUT = 0.1
    hasty = connect("adyen", ADYEN)
    stand_in.fault("slow_before", seconds=30)

    with pytest.raises(GatewayTimeout, match="did not answer"):
        send(hasty)
    with pytest.raises(GatewayTimeout, match="answered 422"):
        send(adyen)
    stand_in.hurry()
    while not stand_in.calls()[1:]:
        pass

    assert send(adyen).result == Result.PENDING
    assert (stand_in.moved(PSP), stand_in.taken(KEY)) == (10_00, 1)


def test_refund_says_how_long_adyen_wants_to_be_left_alone(stand_in: StandIn, adyen: Gateway) -> None:
    stand_in.fault("rate_limited", seconds=7)

    with pytest.raises(GatewayTimeout) as unknown:
        send(adyen)

    assert unknown.value.ask_after == timedelta(seconds=7)


@each("replaced", [{"api_key": "AQEreplaced"}, {"merchant_account": "Replaced"}])
def test_wrong_credentials_say_nothing_of_earlier_calls(
    stand_in: StandIn, adyen: Gateway, replaced: dict[str, str]
) -> None:
    stranger = connect("adyen", ADYEN | replaced)

    assert send(stranger) == Outcome(KEY, Result.FAILED, "", CREDENTIALS_REFUSED, is_of_this_call_alone=True)
    assert stand_in.moved(PSP) == 0


def test_a_server_that_is_not_there_is_unknown(settings: Any) -> None:
    settings.ADYEN_CHECKOUT_BASE = "http://127.0.0.1:9"

    with pytest.raises(GatewayTimeout, match="did not answer"):
        send(connect("adyen", ADYEN))


def test_cancel_is_not_among_the_abilities(adyen: Gateway) -> None:
    with pytest.raises(NotImplementedError):
        adyen.cancel(order(10_00, payment=PSP), key=KEY, now=None)  # type: ignore[arg-type]  # no clock is read


def test_a_live_account_is_called_at_its_own_host(settings: Any) -> None:
    settings.ADYEN_CHECKOUT_BASE = ""
    live = connect("adyen", ADYEN | {"environment": "live", "live_url_prefix": "1797a841fbb37ca7-AdyenDemo"})

    client, service = live.modifications.client, live.modifications  # type: ignore[attr-defined]  # Adyen's alone
    address = client._determine_api_url(client.platform, service.baseUrl)
    assert address == "https://1797a841fbb37ca7-AdyenDemo-checkout-live.adyenpayments.com/checkout/v72"


@each("prefix", ["", "evil.example/", "evil.example#", "a b", "1797", "1797a841@evil-x", "1797-x.evil"])
def test_a_live_url_prefix_is_a_label_of_a_hosts_name(prefix: str) -> None:
    with pytest.raises(CredentialsMissing, match="live url prefix"):
        connect("adyen", ADYEN | {"environment": "live", "live_url_prefix": prefix})
