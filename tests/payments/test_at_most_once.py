"""Whatever goes wrong in whatever order, the money of a key moves at most once."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preo.payments.gateway import Gateway, GatewayTimeout, Outcome, Result
from preo.payments.registry import connect
from tests.payments.conftest import INTENT, PAID, PSP, find, refund
from tests.providers.accounts import ADYEN, STRIPE
from tests.providers.server import Server, serving

FAULTS = ["broken_before", "broken_after", "cut_before", "cut_after", "garbled_after", "rate_limited"]
KEYS = {"a": 30_00, "b": 30_04, "c": 40_05, "d": 25_06, "e": 10_01}

steps = st.lists(
    st.one_of(
        st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
        st.tuples(st.just("call"), st.sampled_from(sorted(KEYS))),
        st.tuples(st.just("advance"), st.just("")),
        st.tuples(st.just("forget"), st.just("")),
    ),
    min_size=4,
    max_size=14,
)
shared = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with serving() as server:
        settings.STRIPE_API_BASE = settings.ADYEN_CHECKOUT_BASE = server.address
        settings.PROVIDER_TIMEOUT = 5
        yield server


@shared
@given(steps=steps)
def test_a_caller_who_asks_stripe_before_repeating_moves_nothing_twice(
    server: Server, steps: list[tuple[str, str]]
) -> None:
    """Also when Stripe forgets keys at any moment."""
    server.renew()
    server.stand_in.add_payment(INTENT, minor=PAID)
    heard = _run(server, connect("stripe", STRIPE), steps, payment=INTENT, forgets=True)

    _require_once(server, payment=INTENT)
    for key, outcome in heard.items():
        assert server.stand_in.taken(key) == (1 if outcome.provider_reference else 0)


@shared
@given(steps=steps)
def test_a_caller_who_repeats_to_adyen_moves_nothing_twice(server: Server, steps: list[tuple[str, str]]) -> None:
    """Within the lifetime of a key."""
    server.renew()
    server.stand_in.add_payment(PSP, minor=PAID)
    heard = _run(server, connect("adyen", ADYEN), steps, payment=PSP, forgets=False)

    _require_once(server, payment=PSP)
    assert all(server.stand_in.taken(key) == 1 for key in heard)


def _run(
    server: Server, gateway: Gateway, steps: list[tuple[str, str]], *, payment: str, forgets: bool
) -> dict[str, Outcome]:
    """What was heard last about each key."""
    heard: dict[str, Outcome] = {}
    for step, what in steps:
        if step == "fault":
            server.stand_in.fault(what)
        elif step == "advance":
            server.stand_in.advance()
        elif step == "forget" and forgets:
            server.stand_in.forget_keys()
        elif step == "call":
            heard |= _ask_and_send(gateway, what, payment=payment)
    return heard


def _ask_and_send(gateway: Gateway, key: str, *, payment: str) -> dict[str, Outcome]:
    """As the reconciler does."""
    try:
        outcome = find(gateway, KEYS[key], payment=payment, key=key)
        outcome = outcome or refund(gateway, KEYS[key], payment=payment, key=key)
    except GatewayTimeout:
        return {}
    return {key: outcome}


def _require_once(server: Server, *, payment: str) -> None:
    for key, minor in KEYS.items():
        assert server.stand_in.sent(key) in (0, minor)
        assert server.stand_in.taken(key) <= 1
    assert server.stand_in.moved(payment) <= PAID


def test_a_caller_who_repeats_to_stripe_without_asking_would_move_twice(server: Server) -> None:
    """The control for the first test."""
    server.stand_in.add_payment(INTENT, minor=PAID)
    gateway = connect("stripe", STRIPE)

    for _ in range(2):
        assert refund(gateway, 30_00, key="a").result == Result.SETTLED
        server.stand_in.forget_keys()

    assert server.stand_in.sent("a") == 60_00
