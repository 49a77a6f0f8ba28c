"""Stripe's events: whether Stripe sent them, and what they tell of money."""

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
from tests.payments.conftest import INTENT, KEY, refund
from tests.providers.accounts import STRIPE
from tests.providers.events import signed
from tests.providers.signing import stripe_header, stripe_signature
from tests.providers.stand_in import StandIn

each = pytest.mark.parametrize

EVENT = {"id": "evt_1", "type": "refund.updated", "data": {"object": {}}}
BODY = json.dumps(EVENT).encode()
AT = int(NOON.timestamp())
SECRET = STRIPE["webhook_secret"]
GOOD = stripe_signature(BODY, secret=SECRET, at=AT)


def receive(body: bytes, headers: Mapping[str, str], *, secret: str = SECRET) -> list[ReceivedEvent]:
    return PROVIDERS["stripe"].receive(body, headers=headers, credentials={"webhook_secret": secret}, now=NOON)


def header(text: str) -> dict[str, str]:
    return {"Stripe-Signature": text}


@each(
    "text",
    [
        f"t={AT},v1={GOOD}",
        f"t={AT},v0=0,v1={'0' * 64},v1={GOOD}",
        f"t={AT},v1={GOOD},v1=nonsense",
    ],
)
def test_receive_takes_what_one_of_several_signatures_fits(text: str) -> None:
    assert receive(BODY, header(text)) == [ReceivedEvent("evt_1", "refund.updated", EVENT)]


@each("seconds", [-300, 0, 300])
def test_receive_takes_what_was_signed_within_five_minutes(seconds: int) -> None:
    assert receive(BODY, header(stripe_header(BODY, secret=SECRET, at=AT + seconds)))


@each(
    "text",
    [
        "",
        "nonsense",
        f"v1={GOOD}",
        f"t={AT}",
        f"t=,v1={GOOD}",
        f"t={AT},v1=",
        f"t={AT},v1={GOOD[:-1]}0" if GOOD[-1] != "0" else f"t={AT},v1={GOOD[:-1]}1",
        f"t={AT},v0={GOOD}",
        f"t={AT + 1},v1={GOOD}",
        f"t={'9' * 5000},v1={GOOD}",
        f"t={AT},v1={GOOD}é",
        f"t={AT},v1=é",
        stripe_header(BODY, secret="whsec_other", at=AT),
        stripe_header(BODY, secret=SECRET, at=AT - 301),
        stripe_header(BODY, secret=SECRET, at=AT + 301),
        # Both in one: what is old stays old, whatever time stands beside it.
        f"t={AT - 301},v1={stripe_signature(BODY, secret=SECRET, at=AT - 301)},t={AT}",
        f"t={AT},t={AT - 301},v1={stripe_signature(BODY, secret=SECRET, at=AT - 301)}",
    ],
)
def test_receive_refuses_a_signature_that_is_missing_wrong_or_old(text: str) -> None:
    with pytest.raises(NotSigned):
        receive(BODY, header(text))


def test_receive_refuses_a_delivery_without_the_header() -> None:
    with pytest.raises(NotSigned):
        receive(BODY, {})


@each("body", [BODY + b" ", BODY.replace(b"evt_1", b"evt_2"), b"", b"\xff" + BODY])
def test_receive_refuses_an_altered_body(body: bytes) -> None:
    with pytest.raises(NotSigned):
        receive(body, header(f"t={AT},v1={GOOD}"))


@each("body", [b"", b"no json", b"[]", b"null", b'{"id": "evt_1"}', b'{"id": 1, "type": "x"}', b"[" * 100_000])
def test_receive_refuses_what_is_signed_and_no_event(body: bytes) -> None:
    with pytest.raises(NotSigned, match="no event"):
        receive(body, header(stripe_header(body, secret=SECRET, at=AT)))


@each("secret", ["", " "])
def test_receive_needs_the_webhook_secret(secret: str) -> None:
    with pytest.raises(CredentialsMissing, match="webhook secret"):
        receive(BODY, header(stripe_header(BODY, secret=secret, at=AT)), secret=secret)


def news(payload: Mapping[str, Any]) -> News | None:
    return PROVIDERS["stripe"].news_of(payload)


def told(minor: int, result: Result, message: str = "", *, id_: str) -> RefundNews:
    return RefundNews(INTENT, id_, Money(minor, "dkk"), result, KEY, message, ("ch_3StandIn",))


def test_the_stand_ins_events_are_received_and_tell_of_the_refund(stand_in: StandIn, stripe: Gateway) -> None:
    id_ = refund(stripe, 10_06).provider_reference
    stand_in.advance()

    events = [receive(*signed("stripe", payload, at=AT))[0] for payload in stand_in.told("stripe")]

    lost = "The card was reported lost or stolen."
    assert [(event.type, news(event.payload)) for event in events] == [
        ("refund.created", told(10_06, Result.PENDING, id_=id_)),
        ("refund.updated", told(10_06, Result.FAILED, lost, id_=id_)),
        ("charge.refund.updated", told(10_06, Result.FAILED, lost, id_=id_)),
        ("refund.failed", told(10_06, Result.FAILED, lost, id_=id_)),
    ]
    assert len({event.id for event in events}) == 4


def test_a_refund_made_in_the_dashboard_has_no_key(stand_in: StandIn, stripe: Gateway) -> None:
    stand_in.refund_in_dashboard(INTENT, minor=5_00)

    found = news(stand_in.told("stripe")[0])

    assert isinstance(found, RefundNews)
    assert (found.key, found.amount, found.result) == ("", Money(5_00, "dkk"), Result.SETTLED)


def test_disputes_tell_of_money_taken_back_and_given_again(stand_in: StandIn, stripe: Gateway) -> None:
    stand_in.charge_back(INTENT)
    stand_in.charge_back(INTENT, is_reversed=True)

    assert [news(payload) for payload in stand_in.told("stripe")] == [
        ChargebackNews(
            INTENT, "dp_ch_3StandIn", Money(100_00, "dkk"), is_reversed, "product not received", ("ch_3StandIn",)
        )
        for is_reversed in (False, True)
    ]


def refund_told(**changes: Any) -> dict[str, Any]:
    whole = {"id": "re_1", "amount": 1_00, "currency": "dkk", "status": "succeeded", "charge": "ch_1"} | changes
    return {"id": "evt_1", "type": "refund.updated", "data": {"object": whole}}


def test_an_older_payment_has_a_charge_alone() -> None:
    found = news(refund_told(payment_intent=None))

    assert isinstance(found, RefundNews)
    assert (found.payment_reference, found.other_references) == ("ch_1", ())


def test_a_word_that_is_not_known_yet_settles_nothing() -> None:
    found = news(refund_told(status="reversed_by_moon"))

    assert isinstance(found, RefundNews)
    assert found.result == Result.PENDING


@each(
    "payload",
    [
        {},
        {"type": "refund.updated"},
        {"type": "refund.updated", "data": None},
        {"type": "refund.updated", "data": {"object": [1]}},
        {**refund_told(), "type": "charge.refunded"},
        {**refund_told(), "type": "payment_intent.succeeded"},
        {**refund_told(), "type": ["refund.updated"]},
        refund_told(amount="100"),
        refund_told(amount=True),
        refund_told(amount=-1),
        refund_told(amount=0),
        refund_told(currency="jpy"),
        refund_told(currency=None),
    ],
)
def test_everything_else_tells_nothing(payload: dict[str, Any]) -> None:
    assert news(payload) is None
