"""Two requests with one key at the same time have one effect; without the key, each has its own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from editions.models import Edition
from orders.models import Purchase, Transaction
from preo.accounts.models import StaffUser
from preo.idempotency.models import Attempt, KeptAnswer
from preo.idempotency.operations import hold
from refunds.models import RefundRequest
from tests.factories import make_purchase
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/v1/refunds"
KEY = {"Idempotency-Key": "k"}


def ask(person: StaffUser, purchase: Purchase, headers: dict[str, str]) -> Any:
    client = APIClient()
    client.force_authenticate(StaffUser.objects.get(pk=person.pk))
    body = {"purchase_id": purchase.pk, "reason": "other", "amount": 10}
    return client.post(URL, body, headers=headers)


def asking_at_once(edition: Edition, staff: StaffUser, headers: dict[str, str], times: int = 2) -> list[Any]:
    purchase = make_purchase(edition)
    step: Callable[[], object] = lambda: ask(staff, purchase, headers)  # noqa: E731  one step for every connection
    return at_once(*[step] * times)


def reserved() -> tuple[int, int]:
    """How many refunds there are, and what the payment has reserved for them."""
    return RefundRequest.objects.count(), Transaction.objects.get().reserved_minor


@pytest.mark.parametrize("times", [2, 5])
def test_parallel_requests_with_one_key_have_one_effect(edition: Edition, staff: StaffUser, times: int) -> None:
    answers = asking_at_once(edition, staff, KEY, times)

    first = [answer for answer in answers if answer.status_code == 201 and "Idempotency-Replayed" not in answer.headers]
    others = [answer for answer in answers if answer not in first]
    assert len(first) == 1
    assert all(
        answer.content == first[0].content
        if answer.status_code == 201
        else (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use")
        for answer in others
    )
    assert reserved() == (1, 10_00)


def test_control_parallel_requests_without_a_key_have_an_effect_each(edition: Edition, staff: StaffUser) -> None:
    answers = asking_at_once(edition, staff, {})

    assert [answer.status_code for answer in answers] == [201, 201]
    assert reserved() == (2, 20_00)


def test_while_the_first_is_running_the_second_is_told_when_to_come_again(edition: Edition, staff: StaffUser) -> None:
    purchase = make_purchase(edition)

    with transaction.atomic():
        hold(Attempt(staff.pk, "", "k", "of the first"))
        (meanwhile,) = at_once(lambda: ask(staff, purchase, KEY))
    afterwards = ask(staff, purchase, KEY)

    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "idempotency_key_in_use")  # type: ignore[attr-defined]
    assert meanwhile.headers["Retry-After"] == "1"  # type: ignore[attr-defined]
    assert (afterwards.status_code, KeptAnswer.objects.count()) == (201, 1)
