"""The stand-in as its users use it: as a process, and as a sender of events."""

import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from preo.payments.gateway import Gateway, GatewayTimeout, ReceivedEvent, Result
from preo.payments.registry import PROVIDERS, connect
from tests.factories import NOON
from tests.payments.conftest import INTENT, KEY, PSP, find, refund
from tests.providers.accounts import ADYEN, STRIPE
from tests.providers.remote import RemoteStandIn
from tests.providers.stand_in import StandIn


class Receiver(HTTPServer):
    """What receives events in these tests: it keeps what comes, and `answer` is the status it gives."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.deliveries: list[tuple[bytes, Any]] = []
        self.answer = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.deliveries.append((self.rfile.read(int(self.headers["Content-Length"])), self.headers))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def events_of(receiver: Receiver) -> list[ReceivedEvent]:
    """Of Adyen, which signs no time."""
    return [
        event
        for body, headers in receiver.deliveries
        for event in PROVIDERS["adyen"].receive(body, headers=headers, credentials=ADYEN, now=NOON)
    ]


def test_events_come_unordered_and_repeated(stand_in: StandIn, adyen: Gateway, receiver: Receiver) -> None:
    refund(adyen, 10_05, payment=PSP)
    stand_in.advance()

    answers = stand_in.deliver("adyen", receiver.url, order="reversed", times=2)

    assert answers == [200] * 4
    assert [event.type for event in events_of(receiver)] == ["REFUND_FAILED", "REFUND"] * 2
    assert len({event.id for event in events_of(receiver)}) == 2


def test_an_event_comes_before_the_answer(stand_in: StandIn, adyen: Gateway, receiver: Receiver) -> None:
    stand_in.hook("adyen", receiver.url)
    stand_in.fault("cut_after")

    with pytest.raises(GatewayTimeout):
        refund(adyen, 10_00, payment=PSP)

    assert [event.payload["merchantReference"] for event in events_of(receiver)] == [KEY]


def test_deliver_says_what_the_receiver_answered(stand_in: StandIn, stripe: Gateway, receiver: Receiver) -> None:
    refund(stripe, 10_00)
    receiver.answer = 400

    assert stand_in.deliver("stripe", receiver.url) == [400]
    assert stand_in.deliver("stripe", "http://127.0.0.1:9/") == [0]
    assert receiver.deliveries[0][1]["Stripe-Signature"].startswith("t=")


def test_a_stand_in_of_its_own_outlives_whoever_called_it(remote_stand_in: RemoteStandIn) -> None:
    """With the same methods, by name; and a child that is killed after its call leaves what it did there."""
    remote_stand_in.add_payment(reference=INTENT, minor=100_00)
    remote_stand_in.fault(kind="cut_after")
    gateway = connect("stripe", STRIPE)
    child = os.fork()
    if not child:
        try:
            refund(gateway, 10_00)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)

    found = find(connect("stripe", STRIPE), 10_00)

    assert found
    assert found.result == Result.SETTLED
    assert (remote_stand_in.sent(key=KEY), remote_stand_in.sums()) == (10_00, {KEY: 10_00})
    assert [call["status"] for call in remote_stand_in.calls()] == [0, 200]
    assert remote_stand_in.environ["STRIPE_API_BASE"] == remote_stand_in.address
