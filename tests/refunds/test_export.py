"""Refunds as a table for bookkeeping: over REST, in the back office and on the command line."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from orders.models import Transaction
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.payments.gateway import Outcome, Result
from refunds.exporting import COLUMNS, export_lines
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready, record_outcomes
from refunds.states import RefundReason, RefundScope
from tests.documented import DocumentedClient
from tests.factories import NOON, make_edition, make_order, make_purchase, make_refund, make_staff

BACK = NOON + timedelta(days=31)
URL = "/v1/refunds/export"


def client_of(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(StaffUser.objects.get(pk=person.pk))
    return found


def table_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(answer.getvalue().decode()), strict=True))


def lines() -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO("".join(export_lines(RefundRequest.objects.order_by("id"))))))


@pytest.fixture
def refund(edition: Edition, staff: StaffUser, manager: StaffUser) -> RefundRequest:
    """The whole payment: 400.00 price, 100.00 deposit, 5.00 handling and 10.00 service fee; above the limit."""
    refund = make_refund(
        make_purchase(edition),
        by=staff,
        of_transaction=True,
        reason=RefundReason.SOLD_OUT,
        scope=RefundScope.TRANSACTION_FULL,
    )
    approve_refund(refund, by=manager, now=NOON + timedelta(hours=1))
    execute_ready(now=NOON + timedelta(hours=2))
    return RefundRequest.objects.get(pk=refund.pk)


def test_export_says_what_bookkeeping_needs(refund: RefundRequest) -> None:
    paid = refund.transaction

    assert lines() == [
        {
            "refund_id": refund.pk,
            "order_number": refund.order.order_number,
            "order_id": refund.order_id,
            "transaction_id": paid.pk,
            "payment_reference": paid.provider_reference,
            "provider": "sandbox",
            "provider_reference": refund.attempts.get().provider_reference,
            "edition_id": refund.edition_id,
            "organization_id": refund.organization_id,
            "customer_id": refund.order.customer_id,
            "reason": "sold_out",
            "scope": "transaction_full",
            "status": "processed",
            "currency": "dkk",
            "amount": "515.00",
            "price": "400.00",
            "deposit": "100.00",
            "handling_fee": "5.00",
            "service_fee": "10.00",
            "requested_at": "2026-06-01T12:00:00Z",
            "requested_by": "staff@ours.example",
            "approved_at": "2026-06-01T13:00:00Z",
            "approved_by": "manager@ours.example",
            "processed_at": "2026-06-01T14:00:00Z",
            "came_back_at": "",
        }
    ]


def test_export_leaves_empty_what_has_not_happened(edition, staff) -> None:
    make_refund(make_purchase(edition), by=staff)

    [line] = lines()

    assert [
        line[name] for name in ("provider_reference", "approved_at", "approved_by", "processed_at", "came_back_at")
    ] == [""] * 5


@pytest.fixture
def back(refund: RefundRequest) -> RefundRequest:
    """Processed on 1 June, and back in July."""
    record_outcomes([Outcome(f"{refund.pk}-1", Result.FAILED, "re_1", "")], now=BACK)
    return refund


def test_export_says_what_came_back_and_when_it_was_processed(back: RefundRequest) -> None:
    [line] = lines()

    assert (line["status"], line["processed_at"], line["came_back_at"]) == (
        "failed",
        "2026-06-01T14:00:00Z",
        "2026-07-02T12:00:00Z",
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"processed_after": "2026-06-01T14:00:00Z", "processed_before": "2026-06-02T00:00:00Z"}, 1),
        ({"processed_after": "2026-07-01T00:00:00Z"}, 0),
        ({"came_back_after": "2026-07-01T00:00:00Z", "came_back_before": "2026-07-03T00:00:00Z"}, 1),
        ({"came_back_before": "2026-07-01T00:00:00Z"}, 0),
    ],
)
def test_export_finds_what_came_back_in_either_period(query, count, back: RefundRequest, staff: StaffUser) -> None:
    assert len(table_of(client_of(staff).get(URL, query))) == count


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("2026-06-01", "2026-06-30", 1), ("2026-07-01", "2026-07-31", 1), ("2026-06-02", "2026-07-01", 0)],
)
def test_export_by_command_has_what_came_back_in_both_periods(first, last, count, back: RefundRequest, ours) -> None:
    out = StringIO()

    call_command("export_refunds", organization=ours.slug, first=first, last=last, output="-", stdout=out)

    assert len(out.getvalue().splitlines()) - 1 == count


def test_export_defuses_what_a_spreadsheet_would_run(refund: RefundRequest) -> None:
    Transaction.objects.update(provider_reference="=HYPERLINK(1)")

    assert lines()[0]["payment_reference"] == "'=HYPERLINK(1)"


def test_export_sums_what_several_purchases_give(edition, staff) -> None:
    order = make_order(edition, units=3)
    make_refund(order.purchases.first(), by=staff, of_transaction=True, scope=RefundScope.TRANSACTION_FULL)

    [line] = lines()

    assert [line[part] for part in ("amount", "price", "deposit", "handling_fee", "service_fee")] == [
        "1525.00",
        "1200.00",
        "300.00",
        "15.00",
        "10.00",
    ]


def test_export_of_three_costs_what_one_does(edition, staff) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            lines()
        return len(queries)

    make_refund(make_purchase(edition), by=staff)
    one = count()
    for _ in range(2):
        make_refund(make_purchase(edition), by=staff)

    assert count() == one == 1


def test_export_over_rest_is_a_download(refund: RefundRequest, staff: StaffUser) -> None:
    answer = client_of(staff).get(URL)

    assert answer.streaming
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="refunds.csv"'
    assert "ETag" not in answer.headers
    assert [row["refund_id"] for row in table_of(answer)] == [refund.pk]


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "*/*"])
def test_export_over_rest_is_csv_whatever_is_asked_for(refund, staff, accept) -> None:
    assert len(table_of(client_of(staff).get(URL, headers={"Accept": accept}))) == 1
    assert client_of(staff).get(URL, {"x": "1"}, headers={"Accept": accept}).json()["code"] == "invalid"


def test_export_over_rest_takes_the_filters_of_the_list(refund, edition, staff) -> None:
    make_refund(make_purchase(edition), by=staff, now=NOON + timedelta(days=1))
    client = client_of(staff)

    counts = {
        (name, value): len(table_of(client.get(URL, {name: value})))
        for name, value in [
            ("status", "processed"),
            ("created_after", "2026-06-02T00:00:00Z"),
            ("processed_after", "2026-06-01T14:00:00Z"),
            ("processed_before", "2026-06-01T14:00:00Z"),
            ("edition_id", edition.pk),
            ("organization_id", edition.organization_id),
        ]
    }

    assert list(counts.values()) == [1, 1, 1, 0, 2, 2]


def test_export_over_rest_has_what_the_role_reaches(refund, edition, theirs, outsider, guest) -> None:
    both = make_staff("both@ours.example", organization=edition.organization, role=Role.GUEST)
    both.memberships.create(organization=theirs, role=Role.STAFF)

    assert table_of(client_of(outsider).get(URL)) == []
    assert table_of(client_of(both).get(URL)) == []
    assert client_of(guest).get(URL).status_code == 403
    assert client_of(outsider).get(URL, {"edition_id": edition.pk}).status_code == 404


def test_export_in_the_back_office_has_what_its_list_has(refund, edition, staff, their_edition, outsider) -> None:
    waiting = make_refund(make_purchase(edition), by=staff)
    make_refund(make_purchase(their_edition), by=outsider)
    client = Client()
    client.force_login(staff)

    found = {
        show: [row["refund_id"] for row in table_of(client.get("/admin/refunds/refundrequest/export/", {"show": show}))]
        for show in ("processed", "waiting", "failed")
    }

    assert found == {"processed": [refund.pk], "waiting": [waiting.pk], "failed": []}


def test_export_by_command_writes_a_file(refund, edition, ours, staff, tmp_path: Path) -> None:
    make_refund(make_purchase(make_edition(ours)), by=staff)
    file, told = tmp_path / "refunds.csv", StringIO()

    call_command("export_refunds", edition=edition.pk, output=str(file), stdout=told)

    assert [row["refund_id"] for row in csv.DictReader(file.open(newline=""))] == [refund.pk]
    assert told.getvalue() == f"1 refund in {file}.\n"


def test_export_by_command_takes_days_as_processed(refund, ours) -> None:
    counts = []
    for first, last in [("2026-06-01", "2026-06-01"), ("2026-06-02", "2026-06-30"), ("2026-05-01", "2026-05-31")]:
        out = StringIO()
        call_command("export_refunds", organization=ours.slug, first=first, last=last, output="-", stdout=out)
        counts.append(len(out.getvalue().splitlines()) - 1)

    assert counts == [1, 0, 0]


@pytest.mark.parametrize(
    "options", [{}, {"organization": "nobody"}, {"edition": "x"}, {"organization": "ours", "first": "June"}]
)
def test_export_by_command_says_what_it_lacks(refund, options, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("export_refunds", output=str(tmp_path / "refunds.csv"), **options)
    assert not list(tmp_path.iterdir())


def test_columns_are_named_once() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS) == 25
