"""Many clients of a real server at once: together they never get more than is left. Its control is in test_races.py."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from editions.models import Edition
from orders.models import Purchase, Transaction
from refunds.models import RefundRequest
from refunds.proof import differences
from tests.factories import make_purchase, make_token

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, REQUESTS = 8, 3
SECONDS = 60
GUNICORN = [sys.executable, "-m", "gunicorn", "preo.wsgi", "--preload", "--workers", "2", "--threads", "4"]


@pytest.fixture
def port(child_environment: dict[str, str]) -> Iterator[int]:
    """Of a server with two processes of four threads each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    command = [*GUNICORN, "--bind", f"127.0.0.1:{number}", "--log-level", "error", "--graceful-timeout", "1"]
    with subprocess.Popen(command, env=child_environment) as server:
        try:
            _wait_for(number)
            yield number
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)


def test_parallel_clients_never_get_more_than_is_left(edition: Edition, port: int) -> None:
    """505.00 is left, 24 requests at once want 50.00 each, and each is sent again as if its answer had been lost."""
    purchase, token = make_purchase(edition), make_token(edition.organization)
    start = Barrier(CLIENTS)

    def client(number: int) -> list[tuple[int, str]]:
        start.wait(SECONDS)
        keys = [f"client-{number}-{request}" for request in range(REQUESTS)]
        return [ask(port, purchase, token, key) for key in keys for _ in range(2)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for answers in pool.map(client, range(CLIENTS)) for answer in answers]

    assert Counter(status for status, _ in answers) == {201: 2 * 10, 409: 2 * 14}
    made = {said for status, said in answers if status == 201}
    assert made == set(RefundRequest.objects.values_list("pk", flat=True))
    assert {said for status, said in answers if status == 409} == {"amount_above_available"}
    paid = Transaction.objects.get()
    assert (len(made), paid.reserved_minor, paid.refunded_minor) == (10, 500_00, 0)
    assert list(differences()) == []


def ask(port: int, purchase: Purchase, token: str, key: str) -> tuple[int, str]:
    """The status, and the id of the refund or the code of the refusal."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    body = json.dumps({"purchase_id": purchase.pk, "reason": "other", "amount": 50})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    connection.request("POST", "/v1/refunds", body, headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told.get("id") or told.get("code")
