"""Workers that die over calls to Stripe and Adyen: later runs give each refund back once, and no process forgets one.

The providers are a process of their own, whose books say what really moved.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from refunds.models import RefundRequest
from refunds.operations import execute_ready, reconcile
from refunds.operations.hearing import hear_events
from refunds.proof import differences
from refunds.states import RefundStatus
from tests.factories import NOON
from tests.kills import (
    apart,
    die_before_recording,
    die_before_sending,
    die_when,
    ended,
    forked,
    wait_until,
)
from tests.providers.fixtures import remote_stand_in
from tests.refunds.provider_cases import deliver
from tests.refunds.provider_scene import Scene, key_of, scene, work
from tests.refunds.test_server_races import port

__all__ = ["port", "remote_stand_in", "scene"]

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(minutes=5)
PENDING = 20_04
"""An amount that Stripe settles later; Adyen settles every amount later, and tells."""

# Claiming alone has as many statements; fewer would mean that a step is missing.
FEWEST_STATEMENTS = 8


def test_a_worker_killed_at_any_statement_gives_back_once(scene: Scene) -> None:
    for start, (provider, minor) in enumerate([("stripe", 20_00), ("stripe", PENDING), ("adyen", 20_00)], 1):
        last = scene.killed_at_any_statement(
            lambda provider=provider, minor=minor: scene.ready(provider, minor),  # type: ignore[misc]  # bound here
            lambda: execute_ready(now=NOON),
            start,
        )
        assert last > FEWEST_STATEMENTS
    assert list(differences()) == []


def test_a_reconciler_killed_at_any_statement_gives_back_once(scene: Scene) -> None:
    """Of refunds whose answer was lost, and of those that never arrived."""

    def unknown(provider: str, fault: str) -> RefundRequest:
        refund = scene.ready(provider)
        scene.remote.fault(kind=fault)
        apart(lambda: execute_ready(now=NOON))
        return refund

    for start, case in enumerate([("stripe", "cut_after"), ("stripe", "cut_before"), ("adyen", "cut_after")], 1):
        last = scene.killed_at_any_statement(lambda case=case: unknown(*case), lambda: reconcile(now=LATER), start)  # type: ignore[misc]  # bound here
        assert last > FEWEST_STATEMENTS
    assert list(differences()) == []


def test_a_listener_killed_at_any_statement_gives_back_once(scene: Scene) -> None:
    def told(provider: str) -> RefundRequest:
        refund = scene.ready(provider, PENDING)
        apart(lambda: execute_ready(now=NOON))
        scene.remote.advance(key=key_of(refund))
        deliver(scene.accounts[provider], *scene.remote.told(provider=provider)[-1:], now=NOON)
        return refund

    for start, provider in enumerate(["stripe", "adyen"], 1):
        last = scene.killed_at_any_statement(lambda name=provider: told(name), lambda: hear_events(now=NOON), start)  # type: ignore[misc]  # bound here
        assert last > FEWEST_STATEMENTS
    assert list(differences()) == []


@pytest.mark.parametrize("provider", ["stripe", "adyen"])
def test_a_worker_killed_around_its_call_gives_back_once(scene: Scene, provider: str) -> None:
    """Before the headers go, before the body goes, and with the answer known and nowhere kept."""

    def run() -> None:
        execute_ready(now=NOON)

    deaths: list[Callable[[], int | None]] = [
        lambda: die_before_sending(1, run),
        lambda: die_before_sending(2, run),
        lambda: die_before_recording(run),
    ]
    for moment, die in enumerate(deaths):
        refund = scene.ready(provider)

        assert die() is None
        assert scene.remote.taken(key=key_of(refund)) == (moment == 2)

        scene.finish(refund)
        scene.require_once(refund, after=f"death {moment}")


@pytest.mark.parametrize("provider", ["stripe", "adyen"])
@pytest.mark.parametrize("fault", ["slow_before", "slow_after"])
def test_a_worker_killed_while_its_provider_is_slow_gives_back_once(scene: Scene, provider: str, fault: str) -> None:
    """The next one asks while the first call is still being worked on."""
    refund = scene.ready(provider)
    scene.remote.fault(kind=fault, seconds=60)

    assert die_when(scene.remote.has_met_all, lambda: execute_ready(now=NOON)) is None
    apart(lambda: reconcile(now=LATER))
    scene.remote.hurry()
    wait_until(lambda: scene.remote.taken(key=key_of(refund)))
    scene.finish(refund)

    scene.require_once(refund, after=fault)


@pytest.mark.parametrize("provider", ["stripe", "adyen"])
def test_workers_killed_over_strange_answers_give_back_once(scene: Scene, provider: str) -> None:
    """Each fault meets a worker that is killed, and then a reconciler that is."""
    for fault in ("cut_before", "cut_after", "rate_limited", "broken_before", "broken_after", "garbled_after"):
        refund = scene.ready(provider)

        scene.remote.fault(kind=fault, seconds=60)
        die_before_recording(lambda: execute_ready(now=NOON))
        assert die_before_sending(1, lambda: reconcile(now=LATER)) is None
        if provider == "adyen" or not scene.remote.taken(key=key_of(refund)):
            scene.remote.fault(kind=fault, seconds=60)
        die_before_recording(lambda: reconcile(now=LATER + timedelta(minutes=5)))
        apart(lambda: reconcile(now=LATER + timedelta(minutes=20)))
        assert scene.remote.has_met_all()
        if provider == "stripe":
            # A day later, without which an error of Stripe's own would be the answer for ever.
            scene.remote.forget_keys()
        scene.finish(refund)

        scene.require_once(refund, after=fault)
    assert list(differences()) == []


@pytest.mark.parametrize("provider", ["stripe", "adyen"])
def test_an_event_before_the_record_of_a_killed_worker_is_believed_once(scene: Scene, provider: str, port: int) -> None:
    """It is delivered, to a server of its own, and heard while the call that caused it is still without an answer."""
    refund = scene.ready(provider)
    account = scene.accounts[provider]
    scene.remote.hook(
        provider=provider, url=f"http://127.0.0.1:{port}/v1/providers/{provider}/events?account={account.pk}"
    )
    scene.remote.fault(kind="slow_after", seconds=60)

    def is_heard() -> bool:
        apart(lambda: hear_events(now=timezone.now()))
        refund.refresh_from_db()
        return refund.status == RefundStatus.PROCESSED

    assert die_when(is_heard, lambda: execute_ready(now=NOON)) is None
    scene.remote.hurry()
    scene.finish(refund)

    scene.require_once(refund, after="an event that came first")
    assert list(differences()) == []


def test_of_two_workers_one_is_killed_and_each_refund_goes_back_once(scene: Scene) -> None:
    refunds = [scene.ready(provider) for provider in ("stripe", "adyen") * 6]
    scene.remote.fault(kind="slow_after", seconds=0.05, times=12)

    workers = [forked(carry_out_two_by_two) for _ in range(2)]
    wait_until(lambda: len(scene.remote.sums()) >= 3)
    os.kill(workers[0], signal.SIGKILL)

    assert [ended(worker) for worker in workers] == [-signal.SIGKILL, 0]
    scene.finish(*refunds)
    scene.require_once(*refunds, after="one of two was killed")
    assert list(differences()) == []


def carry_out_two_by_two() -> int:
    """As a worker does that leaves something for others."""
    while execute_ready(now=NOON, limit=2):
        pass
    return 0


def test_workers_killed_again_and_again_give_each_refund_back_once(scene: Scene) -> None:
    refunds = [scene.ready(provider) for provider in ("stripe", "adyen") * 10]

    for number in range(8):
        now = NOON + timedelta(hours=number)
        before = len(scene.remote.calls())
        die_when(
            lambda before=before: len(scene.remote.calls()) > before,  # type: ignore[misc]  # bound to this round
            lambda now=now: work(now),  # type: ignore[misc]  # bound to this round
        )
    scene.finish(*refunds)

    scene.require_once(*refunds, after="eight were killed")
    assert list(differences()) == []
