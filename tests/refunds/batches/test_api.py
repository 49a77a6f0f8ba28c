"""Mass refunds over REST: the wiring from a plan to its report."""

import csv
from typing import Any

import pytest
from rest_framework.test import APIClient

from editions.models import Edition
from orders.states import TransactionStatus
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.payments.models import SandboxRefund
from refunds.models import RefundBatch, RefundRequest
from refunds.operations.batches import work_on_batch
from tests.documented import DocumentedClient
from tests.factories import NOON, make_edition, make_order, make_product, make_purchase, make_token
from tests.refunds.batches.making import make_batch, planned, running, worked

URL = "/v1/refund-batches"


def signed_in(user: StaffUser) -> APIClient:
    api = DocumentedClient()
    api.force_authenticate(user)
    return api


def asked_for(edition: Edition, **others: Any) -> dict[str, Any]:
    return {"edition_id": edition.pk, "reason": "event_cancelled", "concurrency": 1} | others


def test_a_mass_refund_from_plan_to_report(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_order(edition, units=2)
    make_order(edition, transaction_status=TransactionStatus.STARTED)

    created = signed_in(staff).post(URL, asked_for(edition)).json()
    url = f"{URL}/{created['id']}"
    work_on_batch(created["id"], now=NOON)
    plan = signed_in(staff).get(url).json()
    approved = signed_in(manager).post(f"{url}/approve", {"edition_name": plan["edition_name"]}).json()
    worked(RefundBatch.objects.get())
    done = signed_in(staff).get(url).json()

    assert [answer["status"] for answer in (created, plan, approved, done)] == [
        "planning",
        "planned",
        "running",
        "completed",
    ]
    total = {"currency": "dkk", "service": "sandbox", "scope": "purchase_full", "count": 2, "amount": 1010}
    assert plan["totals"] == [total | {"processed_count": 0, "processed_amount": 0}]
    assert plan["why_not"] == [{"state": "not_possible", "why_not": "The payment is not completed.", "count": 1}]
    assert done["totals"] == [total | {"processed_count": 2, "processed_amount": 1010}]
    assert (done["progress"]["processed"], done["progress"]["percent"]) == (2, 100)


def test_an_answer_tells_the_most_frequent_reasons_and_counts_the_others(edition: Edition, staff: StaffUser) -> None:
    make_order(edition, units=23)
    batch = planned(edition, by=staff)
    items = list(batch.items.order_by("id"))
    for number, item in enumerate(items):
        item.state, item.why_not = "refused", f"By now it comes to {max(number, 1)}.00 DKK."
    batch.items.bulk_update(items, ["state", "why_not"])

    answer = signed_in(staff).get(f"{URL}/{batch.pk}").json()

    assert (len(answer["why_not"]), answer["why_not_others"]) == (20, 2)
    assert answer["why_not"][0] == {"state": "refused", "why_not": "By now it comes to 1.00 DKK.", "count": 2}


def test_who_asked_can_withdraw_a_plan_that_nobody_approved(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    make_purchase(edition)
    own, others = planned(edition, by=staff), planned(edition, by=manager)
    approved, api = running(edition, by=staff, approver=manager), signed_in(staff)

    answers = [api.post(f"{URL}/{batch.pk}/cancel") for batch in (own, others, approved)]

    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert [api.get(f"{URL}/{batch.pk}").json()["status"] for batch in (own, others, approved)] == [
        "cancelled",
        "planned",
        "running",
    ]


def test_a_plan_is_a_dry_run(edition: Edition, staff: StaffUser) -> None:
    make_purchase(edition)

    answer = signed_in(staff).post(URL, asked_for(edition))

    work_on_batch(answer.json()["id"], now=NOON)
    assert answer.status_code == 201
    assert not RefundRequest.objects.exists()


def test_a_selection_is_kept_as_it_was_given(edition: Edition, staff: StaffUser) -> None:
    product = make_product(edition)
    selection = {"product_ids": [product.pk], "created_after": "2026-06-01T12:00:00+02:00"}

    answer = signed_in(staff).post(URL, asked_for(edition, selection=selection))

    assert answer.json()["selection"] == selection


@pytest.mark.parametrize(
    ("member", "value", "field"),
    [
        ("selection", {"product_ids": []}, "selection.product_ids"),
        ("selection", {"product_ids": ["prd_00000000000000000000000000"]}, "selection.product_ids"),
        ("selection", {"colour": "red"}, "selection.colour"),
        ("scope", "purchase_custom", "scope"),
        ("concurrency", 17, "concurrency"),
    ],
)
def test_what_cannot_be_planned_names_the_member(
    edition: Edition, staff: StaffUser, member: str, value: Any, field: str
) -> None:
    answer = signed_in(staff).post(URL, asked_for(edition, **{member: value}))

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_an_edition_out_of_reach_is_not_found(their_edition: Edition, staff: StaffUser) -> None:
    answer = signed_in(staff).post(URL, asked_for(their_edition))

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "edition_id")


def test_who_asked_cannot_approve(edition: Edition, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=manager)
    api = signed_in(manager)

    answer = api.post(f"{URL}/{batch.pk}/approve", {"edition_name": edition.full_name})

    assert (answer.status_code, answer.json()["code"]) == (409, "needs_second_approver")
    assert api.get(f"{URL}/{batch.pk}").json()["can_approve"] is False


def test_staff_cannot_approve(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=manager)

    answer = signed_in(staff).post(f"{URL}/{batch.pk}/approve", {"edition_name": edition.full_name})

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


def test_another_name_approves_nothing(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)

    answer = signed_in(manager).post(f"{URL}/{batch.pk}/approve", {"edition_name": "Camp 2025"})

    assert (answer.status_code, answer.json()["code"]) == (409, "edition_name_differs")


@pytest.mark.parametrize("action", ["", "/approve"])
def test_tokens_need_an_idempotency_key(ours: Organization, edition: Edition, staff: StaffUser, action: str) -> None:
    batch = planned(edition, by=staff)
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(ours, role=Role.ADMIN)}")
    url = f"{URL}/{batch.pk}{action}" if action else URL

    answer = api.post(url, asked_for(edition) if not action else {"edition_name": edition.full_name})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_a_batch_is_paused_resumed_and_cancelled(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = running(edition, by=staff, approver=manager)
    api = signed_in(manager)

    states = [api.post(f"{URL}/{batch.pk}/{step}").json()["status"] for step in ("pause", "resume", "cancel")]

    assert states == ["paused", "running", "cancelled"]
    assert api.post(f"{URL}/{batch.pk}/resume").json()["code"] == "illegal_move"


def test_items_are_listed_in_their_turns_and_by_state(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    order = make_order(edition, units=3)
    make_order(edition, transaction_status=TransactionStatus.STARTED)
    batch = worked(running(edition, by=staff, approver=manager))
    api, url = signed_in(staff), f"{URL}/{batch.pk}/items"

    first = api.get(f"{url}?state=requested&page_size=2&cursor=").json()
    second = api.get(first["next"]).json()
    left_out = api.get(f"{url}?state=not_possible").json()["results"]

    found = [item["purchase_id"] for item in first["results"] + second["results"]]
    assert found == [unit.pk for unit in order.purchases.order_by("id")]
    assert {item["refund_status"] for item in first["results"]} == {"processed"}
    assert [(item["why_not"], item["refund_id"]) for item in left_out] == [("The payment is not completed.", None)]


@pytest.mark.parametrize("query", ["state=lost", "colour=red"])
def test_items_refuse_what_is_no_filter(edition: Edition, staff: StaffUser, query: str) -> None:
    batch = planned(edition, by=staff)

    assert signed_in(staff).get(f"{URL}/{batch.pk}/items?{query}").status_code == 400


def test_the_list_is_narrowed(edition: Edition, ours: Organization, staff: StaffUser) -> None:
    planned(edition, by=staff)
    other = make_batch(make_edition(ours), by=staff)
    api = signed_in(staff)

    for query in ({"status": "planning"}, {"edition_id": other.edition_id}):
        assert [row["id"] for row in api.get(URL, query).json()["results"]] == [other.pk]


def test_the_report_has_a_row_for_each_line_and_runs_nothing(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    product = make_product(edition, name="=HYPERLINK(1)")
    make_order(edition, product=product, order_number="P1")
    make_order(edition, service="unheard_of", order_number="P2")
    batch = worked(running(edition, by=staff, approver=manager))

    answer = signed_in(staff).get(f"{URL}/{batch.pk}/report", headers={"Accept": "text/csv"})

    lines = list(csv.DictReader(answer.getvalue().decode().splitlines()))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    told = ("order_number", "product", "amount", "state", "refund_status", "provider_reference")
    reference = f"sandbox-{SandboxRefund.objects.get().pk}"
    assert [tuple(line[name] for name in told) for line in lines] == [
        ("P1", "'=HYPERLINK(1)", "505.00", "requested", "processed", reference),
        ("P2", "Tent", "0.00", "not_possible", "", ""),
    ]
    assert lines[1]["why_not"] == "Refunds through unheard_of are not possible here."


def test_a_report_out_of_reach_is_a_problem_whatever_is_accepted(
    their_edition: Edition, staff: StaffUser, outsider: StaffUser
) -> None:
    batch = planned(their_edition, by=outsider)

    answer = signed_in(staff).get(f"{URL}/{batch.pk}/report", headers={"Accept": "text/csv"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
