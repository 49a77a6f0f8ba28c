"""Adyen's notifications: whether Adyen sent them, and what they tell of money."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from preo.money import Money
from preo.payments.gateway import (
    ChargebackNews,
    CredentialsMissing,
    Gateway,
    News,
    NotSigned,
    ReceivedEvent,
    RefundNews,
    Result,
)
from preo.payments.registry import PROVIDERS
from tests.factories import NOON
from tests.payments.conftest import KEY, PSP, refund
from tests.providers.accounts import ADYEN
from tests.providers.events import signed
from tests.providers.signing import adyen_signed
from tests.providers.stand_in import StandIn

each = pytest.mark.parametrize

ITEM: dict[str, Any] = {
    "amount": {"currency": "DKK", "value": 10_00},
    "eventCode": "REFUND",
    "eventDate": "2020-01-01T00:00:00+00:00",
    "merchantAccountCode": ADYEN["merchant_account"],
    "merchantReference": KEY,
    "originalReference": PSP,
    "pspReference": "RF00000000000001",
    "reason": "",
    "success": "true",
}


def body_of(*items: Any) -> bytes:
    return json.dumps(
        {"live": "false", "notificationItems": [{"NotificationRequestItem": one} for one in items]}
    ).encode()


def sign(item: dict[str, Any], *, hmac_key: str = ADYEN["hmac_key"]) -> dict[str, Any]:
    return adyen_signed(item, hmac_key=hmac_key)


def receive(body: bytes, **replaced: str) -> list[ReceivedEvent]:
    return PROVIDERS["adyen"].receive(body, headers={}, credentials=ADYEN | replaced, now=NOON)


def test_receive_takes_every_item_under_an_id_that_stays_the_same() -> None:
    """However old: Adyen repeats one for days until it is taken."""
    failed = sign({**ITEM, "success": "false"})

    events = receive(body_of(sign(ITEM), failed))

    assert [event.id for event in events] == ["REFUND:RF00000000000001:true", "REFUND:RF00000000000001:false"]
    assert [event.type for event in events] == ["REFUND", "REFUND"]
    assert events[1].payload == failed
    assert receive(body_of(sign({**ITEM, "eventDate": "2026-06-01T12:00:00+00:00"})))[0].id == events[0].id


def test_receive_takes_an_item_without_an_original() -> None:
    item = sign({**ITEM, "originalReference": None})

    assert receive(body_of(item))[0].payload == item


def test_receive_refuses_a_number_where_the_signature_saw_text() -> None:
    """The signature is the same for both."""
    with pytest.raises(NotSigned, match="not as Adyen writes"):
        receive(body_of(sign({**ITEM, "merchantReference": "12"}) | {"merchantReference": 12}))


@each("name", ["pspReference", "originalReference", "merchantReference", "eventCode", "success"])
def test_receive_refuses_an_altered_item(name: str) -> None:
    with pytest.raises(NotSigned, match="No signature"):
        receive(body_of(sign(ITEM) | {name: "CHARGEBACK"}))


@each("amount", [{"currency": "DKK", "value": 99_00}, {"currency": "EUR", "value": 10_00}])
def test_receive_refuses_an_altered_amount(amount: dict[str, Any]) -> None:
    with pytest.raises(NotSigned, match="No signature"):
        receive(body_of(sign(ITEM) | {"amount": amount}))


@each(
    "changes",
    [
        {"additionalData": None},
        {"additionalData": {}},
        {"additionalData": {"hmacSignature": ""}},
        {"additionalData": {"hmacSignature": 5}},
        {"additionalData": {"hmacSignature": "é"}},
        {"amount": None},
        {"amount": {"currency": "DKK", "value": "1000"}},
        {"amount": {"currency": "DKK", "value": True}},
        {"amount": {"currency": ["DKK"], "value": 1000}},
        {"success": True},
        {"pspReference": {"a": 1}},
        {"merchantAccountCode": None},
    ],
)
def test_receive_refuses_what_is_not_as_adyen_writes_it(changes: dict[str, Any]) -> None:
    with pytest.raises(NotSigned):
        receive(body_of(sign(ITEM) | changes))


def test_receive_is_not_misled_by_a_signed_item_within_an_item() -> None:
    """The SDK's own check verifies the inner one and says yes."""
    inside = json.loads(body_of(sign(ITEM)))["notificationItems"]
    forged = {**ITEM, "amount": {"currency": "DKK", "value": 99_00}, "notificationItems": inside}

    with pytest.raises(NotSigned):
        receive(body_of(forged))
    with pytest.raises(NotSigned):
        receive(body_of(sign(ITEM) | forged))


def test_receive_refuses_all_items_for_one_that_is_not_signed() -> None:
    with pytest.raises(NotSigned):
        receive(body_of(sign(ITEM), ITEM))


def test_receive_refuses_another_key_and_another_merchant_account() -> None:
    with pytest.raises(NotSigned, match="No signature"):
        receive(body_of(sign(ITEM, hmac_key="00" * 32)))
    with pytest.raises(NotSigned, match="another merchant account"):
        receive(body_of(sign({**ITEM, "merchantAccountCode": "PreoOther"})))


@each(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"null",
        b"{}",
        b'{"notificationItems": []}',
        b'{"notificationItems": [5]}',
        b'{"notificationItems": [{"NotificationRequestItem": 5}]}',
        b'{"notificationItems": {"NotificationRequestItem": {}}}',
        b"[" * 100_000,
        b'{"notificationItems":' * 900 + b"1" + b"}" * 900,
        b"\xff",
    ],
)
def test_receive_refuses_what_is_no_notification(body: bytes) -> None:
    with pytest.raises(NotSigned, match="no notification"):
        receive(body)


@each("hmac_key", ["", "not hexadecimal", "abc"])
def test_receive_needs_a_key_that_is_one(hmac_key: str) -> None:
    with pytest.raises(CredentialsMissing, match="hmac key"):
        receive(body_of(sign(ITEM)), hmac_key=hmac_key)


def news(payload: Mapping[str, Any]) -> News | None:
    return PROVIDERS["adyen"].news_of(payload)


def told(minor: int, result: Result, message: str = "", *, id_: str) -> RefundNews:
    return RefundNews(PSP, id_, Money(minor, "dkk"), result, KEY, message)


@each(
    ("minor", "results"),
    [
        (10_00, [(Result.SETTLED, "")]),
        (10_01, [(Result.FAILED, "Refused by the issuer")]),
        (10_04, [(Result.SETTLED, "")]),
        (10_05, [(Result.SETTLED, ""), (Result.FAILED, "Card expired")]),
        (10_06, [(Result.FAILED, "Card lost or stolen")]),
    ],
)
def test_the_stand_ins_events_are_received_and_tell_of_the_refund(
    stand_in: StandIn, adyen: Gateway, minor: int, results: list[tuple[Result, str]]
) -> None:
    id_ = refund(adyen, minor, payment=PSP).provider_reference
    stand_in.advance()

    events = receive(*signed("adyen", *stand_in.told("adyen"))[:1])

    assert [news(event.payload) for event in events] == [told(minor, *result, id_=id_) for result in results]


@each("reference", ["order-1", "rfd_short-1", f"{KEY} ", f"x{KEY}", KEY.removesuffix("-1"), ""])
def test_a_refund_with_another_reference_has_no_key(reference: str) -> None:
    found = news({**ITEM, "merchantReference": reference})

    assert isinstance(found, RefundNews)
    assert found.key == ""


def test_a_refund_that_the_bank_sent_back_failed() -> None:
    reversed_ = {**ITEM, "eventCode": "REFUNDED_REVERSED", "reason": "Account closed"}

    assert news(reversed_) == told(10_00, Result.FAILED, "Account closed", id_=ITEM["pspReference"])


@each(("code", "is_reversed"), [("CHARGEBACK", False), ("CHARGEBACK_REVERSED", True)])
def test_chargebacks_tell_of_money_taken_back_and_given_again(code: str, is_reversed: bool) -> None:
    told = {**ITEM, "eventCode": code, "merchantReference": "order-1", "reason": "Fraud"}

    assert news(told) == ChargebackNews(PSP, ITEM["pspReference"], Money(10_00, "dkk"), is_reversed, "Fraud")


def test_a_second_chargeback_of_a_dispute_is_another_movement() -> None:
    told = {**ITEM, "eventCode": "SECOND_CHARGEBACK"}

    assert news(told) == ChargebackNews(PSP, f"{ITEM['pspReference']}-2", Money(10_00, "dkk"))


@each(
    "changes",
    [
        {"eventCode": "AUTHORISATION"},
        {"eventCode": "REFUND_FAILED", "success": "false"},
        {"eventCode": "CHARGEBACK", "success": "false"},
        {"eventCode": None},
        {"amount": None},
        {"amount": {"currency": "JPY", "value": 5}},
        {"amount": {"currency": "DKK", "value": 0}},
    ],
)
def test_everything_else_tells_nothing(changes: dict[str, Any]) -> None:
    assert news(ITEM | changes) is None
