"""Stripe's refunds through its SDK, over HTTP, against a stand-in that has Stripe's rules."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from preo.payments.gateway import Gateway, GatewayTimeout, KeyReused, Outcome, Result
from preo.payments.reading import CREDENTIALS_REFUSED
from preo.payments.registry import connect
from preo.payments.stripe_gateway import NO_PAYMENT, TOO_LATE
from tests.payments.conftest import INTENT, KEY, PAID, cancel, find, order, refund, statuses
from tests.providers.accounts import STRIPE
from tests.providers.stand_in import StandIn

each = pytest.mark.parametrize


@each(
    ("minor", "result", "message"),
    [
        (10_00, Result.SETTLED, ""),
        (10_01, Result.FAILED, "The bank declined it."),
        (10_04, Result.PENDING, ""),
        (10_07, Result.PENDING, ""),
    ],
)
def test_refund_says_what_became_of_it_and_find_says_the_same(
    stand_in: StandIn, stripe: Gateway, minor: int, result: Result, message: str
) -> None:
    outcome = refund(stripe, minor)

    assert outcome == Outcome(KEY, result, outcome.provider_reference, message)
    assert outcome.provider_reference.startswith("re_")
    assert find(stripe, minor) == outcome
    assert stand_in.moved(INTENT) == (minor if result == Result.SETTLED else 0)


def test_refund_names_a_charge_as_well_as_an_intent(stand_in: StandIn, stripe: Gateway) -> None:
    outcome = refund(stripe, 10_00, payment="ch_3StandIn")

    assert outcome.result == Result.SETTLED
    assert find(stripe, 10_00, payment="ch_3StandIn") == outcome
    assert stand_in.moved(INTENT) == 10_00


@each("payment", ["tra_1", "", "pi", "../v1/charges"])
def test_refund_of_what_is_no_payment_of_stripe_fails_without_a_call(
    stand_in: StandIn, stripe: Gateway, payment: str
) -> None:
    assert refund(stripe, 10_00, payment=payment) == Outcome(KEY, Result.FAILED, "", NO_PAYMENT)
    assert find(stripe, 10_00, payment=payment) is None
    assert stand_in.calls() == []


def test_refund_moves_once_however_often_it_is_called(stand_in: StandIn, stripe: Gateway) -> None:
    outcomes = {refund(stripe, 10_00) for _ in range(3)}

    assert len(outcomes) == 1
    assert (stand_in.moved(INTENT), stand_in.taken(KEY)) == (10_00, 1)


def test_refund_without_the_header_would_move_twice(stand_in: StandIn, stripe: Gateway, settings: Any) -> None:
    """The control: it is the key that holds it, and the stand-in doesn't."""
    body = urlencode({"payment_intent": INTENT, "amount": 10_00, "metadata[preo_key]": KEY}).encode()
    headers = {"Authorization": f"Bearer {STRIPE['secret_key']}"}
    for _ in range(2):
        urlopen(Request(f"{settings.STRIPE_API_BASE}/v1/refunds", body, headers)).close()

    assert (stand_in.moved(INTENT), stand_in.taken(KEY)) == (20_00, 2)


@each("other", [{"minor": 20_00}, {"payment": "pi_other"}])
def test_refund_under_a_key_of_another_order_is_our_mistake(
    stand_in: StandIn, stripe: Gateway, other: dict[str, Any]
) -> None:
    stand_in.add_payment("pi_other")
    refund(stripe, 10_00)

    with pytest.raises(KeyReused):
        refund(stripe, **({"minor": 10_00} | other))

    assert (stand_in.moved(INTENT), stand_in.moved("pi_other")) == (10_00, 0)


def test_refund_above_what_is_left_fails_in_stripes_words(stand_in: StandIn, stripe: Gateway) -> None:
    refund(stripe, PAID - 5_00, key="first")

    above = refund(stripe, 6_00)
    refund(stripe, 5_00, key="last")
    nothing_left = refund(stripe, 5_00, key="later")

    assert (above.result, above.message.partition(" (")[0]) == (Result.FAILED, "Refund amount")
    assert nothing_left.message == "Charge ch_3StandIn has already been refunded."
    assert stand_in.moved(INTENT) == PAID


def test_refund_of_an_unknown_payment_fails(stripe: Gateway) -> None:
    outcome = refund(stripe, 10_00, payment="pi_unknown")

    assert (outcome.result, outcome.message[:15]) == (Result.FAILED, "No such payment")
    assert outcome.is_of_this_call_alone
    with pytest.raises(GatewayTimeout, match="No such payment"):
        find(stripe, 10_00, payment="pi_unknown")


@each(
    ("fault", "moves"),
    [
        ("broken_before", False),
        ("broken_after", True),
        ("cut_before", False),
        ("cut_after", True),
        ("garbled_after", True),
        ("rate_limited", False),
    ],
)
def test_no_answer_is_unknown_and_find_knows(stand_in: StandIn, stripe: Gateway, fault: str, moves: bool) -> None:
    stand_in.fault(fault)

    with pytest.raises(GatewayTimeout):
        refund(stripe, 10_00)
    found = find(stripe, 10_00)

    assert (found is not None, stand_in.moved(INTENT)) == (moves, 10_00 if moves else 0)
    assert len(stand_in.calls()) == 2, "the SDK must not repeat by itself"


@each("status", [200, 400, 403])
@each("body", ["null", "[]", "{}", '"ok"', "<html>", '{"object": "refund"}', '{"object": "list"}', '{"error": null}'])
def test_an_answer_that_cannot_be_read_is_unknown(stand_in: StandIn, stripe: Gateway, body: str, status: int) -> None:
    for on in ("refund", "find", "cancel"):
        stand_in.fault("garbled_after", on=on, body=body, status=status)

    with pytest.raises(GatewayTimeout):
        refund(stripe, 10_07)
    with pytest.raises(GatewayTimeout):
        find(stripe, 10_07)
    with pytest.raises(GatewayTimeout):
        cancel(stripe, 10_07)
    assert cancel(stripe, 10_07).result == Result.FAILED


@each("fault", ["cut_before", "cut_after", "rate_limited", "garbled_after"])
def test_a_repeat_after_no_answer_moves_once(stand_in: StandIn, stripe: Gateway, fault: str) -> None:
    stand_in.fault(fault)
    with pytest.raises(GatewayTimeout):
        refund(stripe, 10_00)

    assert refund(stripe, 10_00).result == Result.SETTLED
    assert (stand_in.moved(INTENT), stand_in.taken(KEY)) == (10_00, 1)


def test_stripe_keeps_a_failure_of_its_own_under_the_key(stand_in: StandIn, stripe: Gateway) -> None:
    """So that only `find`, or a day, helps after a 500."""
    stand_in.fault("broken_after")

    for _ in range(2):
        with pytest.raises(GatewayTimeout, match="answered 500"):
            refund(stripe, 10_00)

    assert find(stripe, 10_00) is not None
    assert stand_in.taken(KEY) == 1


def test_a_slow_answer_is_unknown_and_the_key_is_in_use_meanwhile(
    stand_in: StandIn, stripe: Gateway, settings: Any
) -> None:
    settings.PROVIDER_TIMEOUT = 0.1
    hasty = connect("stripe", STRIPE)
    stand_in.fault("slow_before", seconds=30)

    with pytest.raises(GatewayTimeout, match="did not answer"):
        refund(hasty, 10_00)
    before = find(stripe, 10_00)
    with pytest.raises(GatewayTimeout, match="answered 409"):
        refund(stripe, 10_00)
    stand_in.hurry()
    while not (after := find(stripe, 10_00)):
        pass

    assert (before, after.result) == (None, Result.SETTLED)
    assert (stand_in.moved(INTENT), stand_in.taken(KEY)) == (10_00, 1)


def test_two_calls_at_once_move_once(stand_in: StandIn, stripe: Gateway) -> None:
    stand_in.fault("slow_before", seconds=30)

    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(refund, stripe, 10_00) for _ in range(2)]
        wait(calls, return_when=FIRST_COMPLETED)
        stand_in.hurry()
    said = sorted(type(call.exception() or call.result()).__name__ for call in calls)

    assert said == ["GatewayTimeout", "Outcome"]
    assert (stand_in.moved(INTENT), stand_in.taken(KEY)) == (10_00, 1)


@each(("seconds", "longest"), [(7, timedelta(seconds=7)), (10**6, timedelta(days=1)), (10**12, None)])
def test_refund_says_how_long_stripe_wants_to_be_left_alone(
    stand_in: StandIn, stripe: Gateway, seconds: int, longest: timedelta | None
) -> None:
    stand_in.fault("rate_limited", seconds=seconds)

    with pytest.raises(GatewayTimeout) as unknown:
        refund(stripe, 10_00)

    assert unknown.value.ask_after == longest


@each("on", ["find", "cancel"])
@each("fault", ["cut_before", "broken_before", "rate_limited"])
def test_no_answer_to_a_question_is_unknown_too(stand_in: StandIn, stripe: Gateway, on: str, fault: str) -> None:
    refund(stripe, 10_07)
    stand_in.fault(fault, on=on)

    with pytest.raises(GatewayTimeout):
        (find if on == "find" else cancel)(stripe, 10_07)


def test_a_question_that_is_refused_is_no_word_on_the_refund(stand_in: StandIn, stripe: Gateway) -> None:
    refund(stripe, 10_00)
    stand_in.fault("refused", on="find")

    with pytest.raises(GatewayTimeout, match="would not be asked"):
        find(stripe, 10_00)


def test_find_reads_every_page(stand_in: StandIn, stripe: Gateway) -> None:
    stand_in.longest_page = 2
    first = refund(stripe, 1_00)
    for number in range(5):
        refund(stripe, 1_00, key=f"other-{number}")

    assert find(stripe, 1_00) == first
    assert find(stripe, 1_00, key="none") is None


def test_find_prefers_the_one_that_moved_money_of_several_under_a_key(stand_in: StandIn, stripe: Gateway) -> None:
    moved = refund(stripe, 10_00)
    stand_in.forget_keys()
    refund(stripe, 10_00)
    stand_in.turn(stand_in.books.refunds[-1], "failed")

    assert find(stripe, 10_00) == moved


def test_find_knows_after_stripe_forgot_the_key(stand_in: StandIn, stripe: Gateway) -> None:
    stand_in.fault("cut_after")
    with pytest.raises(GatewayTimeout):
        refund(stripe, 10_00)
    stand_in.forget_keys()

    found = find(stripe, 10_00)

    assert found is not None
    assert found.result == Result.SETTLED


def test_a_refusal_is_no_word_on_what_an_earlier_call_took(stand_in: StandIn, stripe: Gateway) -> None:
    """After the key is forgotten, the repeat of a full refund is refused because the first one was taken."""
    stand_in.fault("cut_after")
    with pytest.raises(GatewayTimeout):
        refund(stripe, PAID)
    stand_in.forget_keys()

    assert refund(stripe, PAID).result == Result.SETTLED
    assert 400 in statuses(stand_in)
    assert stand_in.moved(INTENT) == PAID


def test_find_sees_what_became_of_it_later(stand_in: StandIn, stripe: Gateway) -> None:
    pending, settled = refund(stripe, 10_04, key="a"), refund(stripe, 10_05, key="b")
    stand_in.advance()

    assert find(stripe, 10_04, key="a") == replace(pending, result=Result.SETTLED)
    failed = replace(settled, result=Result.FAILED, message="The card expired or was canceled.")
    assert find(stripe, 10_05, key="b") == failed
    assert stand_in.moved(INTENT) == 10_04


def test_cancel_calls_off_what_waits_for_the_customer(stand_in: StandIn, stripe: Gateway) -> None:
    waiting = refund(stripe, 10_07)

    for _ in range(2):
        assert cancel(stripe, 10_07) == replace(waiting, result=Result.FAILED, message="It was called off.")
    assert stand_in.moved(INTENT) == 0


@each(("minor", "result"), [(10_04, Result.PENDING), (10_00, Result.SETTLED)])
def test_cancel_says_when_it_was_too_late(stripe: Gateway, minor: int, result: Result) -> None:
    taken = refund(stripe, minor)

    assert cancel(stripe, minor) == Outcome(KEY, result, taken.provider_reference, TOO_LATE)


def test_cancel_of_an_unknown_refund_stays_unknown(stripe: Gateway) -> None:
    with pytest.raises(GatewayTimeout, match="knows no refund"):
        cancel(stripe, 10_00)


def test_wrong_credentials_say_nothing_of_earlier_calls(stand_in: StandIn, stripe: Gateway) -> None:
    stranger = connect("stripe", {"secret_key": "sk_test_replaced"})

    assert refund(stranger, 10_00) == Outcome(KEY, Result.FAILED, "", CREDENTIALS_REFUSED, is_of_this_call_alone=True)
    for ask in (find, cancel):
        with pytest.raises(GatewayTimeout, match="refused the credentials"):
            ask(stranger, 10_00)
    assert stand_in.moved(INTENT) == 0


def test_a_server_that_is_not_there_is_unknown(settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(GatewayTimeout, match="did not answer"):
        connect("stripe", STRIPE).refund(order(10_00), key=KEY, now=None)  # type: ignore[arg-type]  # no clock is read


def test_what_is_no_route_of_the_stand_in_is_404(stand_in: StandIn, settings: Any) -> None:
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{settings.STRIPE_API_BASE}/v1/charges")
