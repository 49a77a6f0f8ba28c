"""Confirming, calling off and retrying over REST; the rules are the operations'."""

from typing import Any

import pytest

from editions.models import Edition
from preo.accounts.models import StaffUser
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready
from refunds.states import RefundScope
from tests.documented import DocumentedClient
from tests.factories import NOON, make_purchase, make_refund


def carried_out(edition: Edition, *, by: StaffUser, service: str = "manual", amount_minor: int = 20_00) -> Any:
    purchase = make_purchase(edition, service=service)
    refund = make_refund(purchase, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor)
    approve_refund(refund, by=by, now=NOON)
    execute_ready(now=NOON)
    return RefundRequest.objects.get(pk=refund.pk)


def post(person: StaffUser, refund: RefundRequest, action: str, body: Any = None, **headers: str) -> Any:
    client = DocumentedClient()
    client.force_authenticate(StaffUser.objects.get(pk=person.pk))
    return client.post(f"/v1/refunds/{refund.pk}/{action}", body or {}, headers=headers)


def said(answer: Any) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body.get("code") or body["status"]


def test_confirm_answers_the_processed_refund(edition, staff) -> None:
    answer = post(staff, carried_out(edition, by=staff), "confirm", {"reference": "Receipt 17"})

    assert said(answer) == (200, "processed")
    assert answer.json()["service_response"]["reference"] == "Receipt 17"


@pytest.mark.parametrize("body", [{}, {"reference": ""}, {"reference": "x" * 101}, {"reference": "a\nb"}])
def test_confirm_names_what_is_wrong_with_the_reference(edition, staff, body) -> None:
    answer = post(staff, carried_out(edition, by=staff), "confirm", body)

    assert said(answer) == (400, "invalid")
    assert "reference" in {error["field"] for error in answer.json()["errors"]}


def test_confirm_refuses_what_a_provider_pays(edition, staff) -> None:
    refund = carried_out(edition, by=staff, service="sandbox", amount_minor=20_04)

    assert said(post(staff, refund, "confirm", {"reference": "17"})) == (409, "not_confirmable")


def test_cancel_lets_go_of_what_is_paid_by_hand(edition, staff, manager) -> None:
    refund = carried_out(edition, by=staff)

    assert said(post(staff, refund, "cancel")) == (403, "role_too_low")
    assert said(post(manager, refund, "cancel")) == (202, "failed")
    assert said(post(manager, refund, "cancel")) == (409, "not_cancellable")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "1"}])
def test_cancel_leaves_a_provider_to_answer_later(edition, staff, manager, headers) -> None:
    refund = carried_out(edition, by=staff, service="sandbox", amount_minor=20_04)

    assert said(post(manager, refund, "cancel", **headers)) == (202, "awaiting_gateway")


def test_retry_queues_a_failed_refund_again(edition, staff, manager) -> None:
    refund = carried_out(edition, by=staff, service="sandbox", amount_minor=20_01)

    assert said(post(staff, refund, "retry")) == (403, "role_too_low")
    assert said(post(manager, refund, "retry")) == (200, "ready")
    assert said(post(manager, refund, "retry")) == (409, "not_failed")
