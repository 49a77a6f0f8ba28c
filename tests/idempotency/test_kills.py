"""Servers that die: a real process is killed before every statement of a request, and the retry has its effect once."""

import os
import signal
import time
from functools import partial
from typing import Any

import pytest
from rest_framework.test import APIClient

from editions.models import Edition
from orders.models import Purchase, Transaction
from preo.accounts.models import StaffUser
from preo.idempotency.models import KeptAnswer
from refunds.models import RefundRequest
from tests.factories import make_purchase
from tests.kills import die_before, ended, forked

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/v1/refunds"
SECONDS = 10
# Finding the purchase, the operation, the answer, and the three of the key: fewer would mean that a step is missing.
FEWEST_STATEMENTS = 15


def ask(person: StaffUser, purchase: Purchase, key: str) -> Any:
    client = APIClient()
    client.force_authenticate(StaffUser.objects.get(pk=person.pk))
    body = {"purchase_id": purchase.pk, "reason": "other", "amount": 10}
    return client.post(URL, body, headers={"Idempotency-Key": key})


def retry(person: StaffUser, purchase: Purchase, key: str) -> Any:
    """As a client does: come again while the key is in use, which the database takes a moment to see is over."""
    until = time.monotonic() + SECONDS
    while (answer := ask(person, purchase, key)).status_code == 409 and time.monotonic() < until:
        time.sleep(0.01)
    return answer


def effect(purchase: Purchase) -> tuple[int, int]:
    paid = Transaction.objects.get(pk=purchase.transaction_id)
    return RefundRequest.objects.filter(purchase=purchase).count(), paid.reserved_minor


def test_a_request_killed_at_any_statement_has_its_effect_once(edition: Edition, staff: StaffUser) -> None:
    statement, died = 1, True
    while died:
        purchase, key = make_purchase(edition), f"key-{statement}"

        died = die_before(statement, partial(ask, staff, purchase, key)) is None
        before = effect(purchase)
        answer = retry(staff, purchase, key)

        assert before == ((0, 0) if died else (1, 10_00)), f"killed before {statement}"
        assert (answer.status_code, effect(purchase)) == (201, (1, 10_00)), f"killed before {statement}"
        statement += 1
    assert statement > FEWEST_STATEMENTS
    assert KeptAnswer.objects.count() == statement - 1


def test_a_request_killed_before_its_answer_is_out_gets_that_answer(edition: Edition, staff: StaffUser) -> None:
    purchase = make_purchase(edition)

    def answer_and_die() -> None:
        ask(staff, purchase, "k")
        os.kill(os.getpid(), signal.SIGKILL)

    end = ended(forked(answer_and_die))
    answer = retry(staff, purchase, "k")

    assert (end, answer.headers["Idempotency-Replayed"], answer.status_code) == (-signal.SIGKILL, "true", 201)
    assert answer.json()["id"] == RefundRequest.objects.get().pk
    assert effect(purchase) == (1, 10_00)
