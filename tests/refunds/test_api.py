"""Refunds over REST: ask, look, decide; and nothing half-written after a refusal."""

from datetime import timedelta
from typing import Any

import pytest

from editions.models import Edition
from orders.models import Order, Purchase, Transaction
from orders.states import TransactionStatus
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.api.scopes import ALL_SCOPES
from preo.webhooks.models import OutboxEvent
from refunds.models import RefundAllocation, RefundRequest
from refunds.states import RefundReason, RefundScope
from tests.documented import DocumentedClient
from tests.factories import (
    NOON,
    make_customer,
    make_edition,
    make_edition_member,
    make_location,
    make_order,
    make_purchase,
    make_refund,
    make_token,
)

URL = "/v1/refunds"
HOUR = timedelta(hours=1)


def client_of(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(StaffUser.objects.get(pk=person.pk))
    return found


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    return client_of(staff)


@pytest.fixture
def purchase(edition: Edition) -> Purchase:
    """400.00 price, 100.00 deposit, 5.00 handling fee; its order has 10.00 service fee."""
    return make_purchase(edition)


@pytest.fixture
def refund(purchase: Purchase, staff: StaffUser) -> RefundRequest:
    return make_refund(purchase, by=staff)


def books() -> list[Any]:
    """Everything that a refund writes."""
    counts = [model.objects.count() for model in (RefundRequest, RefundAllocation, OutboxEvent)]
    sums = ("reserved_minor", "refunded_minor", "service_fee_reserved_minor")
    parts = [
        f"{part}_{kind}_minor" for part in ("price", "deposit", "handling_fee") for kind in ("reserved", "refunded")
    ]
    decided = RefundRequest.objects.order_by("pk").values_list("status", "approved_by", "rejected_by", "modified")
    return [
        counts,
        list(decided),
        list(Transaction.objects.order_by("pk").values_list(*sums)),
        list(Purchase.objects.order_by("pk").values_list("status", *parts)),
    ]


def ways_to_ask(purchase: Purchase) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        "purchase": (f"/v1/purchases/{purchase.pk}/refund", {}),
        "purchase_id": (URL, {"purchase_id": purchase.pk}),
    }


WAYS = ["purchase", "purchase_id"]


def fields(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("way", WAYS)
def test_create_answers_the_refund(client: DocumentedClient, purchase: Purchase, staff: StaffUser, way: str) -> None:
    url, body = ways_to_ask(purchase)[way]

    answer = client.post(url, {"reason": "customer_request", "comment": "Rain", **body})

    refund = RefundRequest.objects.get()
    shown = {name: answer.json()[name] for name in ("id", "amount", "scope", "reason", "status", "comment")}
    assert answer.status_code == 201
    assert shown == {
        "id": refund.pk,
        "amount": 400.0,
        "scope": "purchase_price",
        "reason": "customer_request",
        "status": "requested",
        "comment": "Rain",
    }
    assert answer.json()["staff_user"]["email"] == staff.email
    assert answer.json()["transaction"]["available_refund_amount"] == 115.0


def test_create_takes_a_transaction(client: DocumentedClient, purchase: Purchase) -> None:
    body = {"transaction_id": purchase.transaction_id, "reason": "event_cancelled", "scope": "transaction_full"}

    answer = client.post(URL, body)

    assert (answer.status_code, answer.json()["amount"], answer.json()["purchase"]) == (201, 515.0, None)


def test_create_takes_a_pickup_point(client: DocumentedClient, purchase: Purchase, edition: Edition) -> None:
    gate = make_location(edition)

    answer = client.post(f"/v1/purchases/{purchase.pk}/refund", {"reason": "sold_out", "pickup_point_id": gate.pk})

    assert answer.json()["pickup_point"] == {"api_id": gate.pk, "name": "North gate", "is_draft": False}


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("0.01", 1), ("12.3", 12_30), ("12.340", 12_34), ('"12.34"', 12_34), ("1e2", 100_00), ("7", 7_00)],
)
@pytest.mark.parametrize("way", WAYS)
def test_create_reads_an_amount_exactly(
    client: DocumentedClient, purchase: Purchase, way: str, amount: str, minor: int
) -> None:
    answer = ask(client, purchase, way, amount)

    assert answer.status_code == 201
    assert RefundRequest.objects.get().amount_minor == minor


def ask(client: DocumentedClient, purchase: Purchase, way: str, amount: str) -> Any:
    """With an amount that is put into the body as it is."""
    url, body = ways_to_ask(purchase)[way]
    named = "".join(f'"{name}": "{value}", ' for name, value in body.items())
    text = f'{{{named}"reason": "compensation", "amount": {amount}}}'
    return client.generic("POST", url, text, content_type="application/json")


@pytest.mark.parametrize(
    "amount",
    [
        "NaN",
        '"NaN"',
        "Infinity",
        "-Infinity",
        '"Infinity"',
        "1e400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "1" * 5000,
        '"1e400"',
        "1e-400",
        "9" * 4000,
        "-1",
        "-0.01",
        "0",
        "0.00",
        "0.001",
        "1.005",
        "1000000000001",
        "true",
        "false",
        '"abc"',
        '""',
        '" 5 "',
        '"1_0"',
        '"\\uff15"',
        "[]",
        "[1]",
        "{}",
        "null",
    ],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("way", WAYS)
def test_create_refuses_what_is_no_amount(client: DocumentedClient, purchase: Purchase, way: str, amount: str) -> None:
    before = books()

    answer = ask(client, purchase, way, amount)

    assert (answer.status_code, fields(answer)) == (400, ["amount"])
    assert books() == before


@pytest.mark.parametrize("amount", ["505.01", "515.01", "999999.99", "1000000000000"])
@pytest.mark.parametrize("way", WAYS)
def test_create_refuses_more_than_is_left(client: DocumentedClient, purchase: Purchase, way: str, amount: str) -> None:
    before = books()

    answer = ask(client, purchase, way, amount)

    assert (answer.status_code, answer.json()["code"]) == (409, "amount_above_available")
    assert fields(answer) == ["amount"]
    assert books() == before


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["reason"]),
        ({"reason": None}, ["reason"]),
        ({"reason": "greed"}, ["reason"]),
        ({"reason": ["other"]}, ["reason"]),
        ({"reason": "other", "scope": "everything", "amount": 1}, ["scope"]),
        ({"reason": "other", "scope": None, "amount": 1}, ["scope"]),
        ({"reason": "deposit_reclaim", "scope": "purchase_full"}, ["scope"]),
        ({"reason": "customer_request", "amount": 1}, ["amount"]),
        ({"reason": "other"}, ["amount"]),
        ({"reason": "sold_out", "comment": "x" * 2001}, ["comment"]),
        ({"reason": "sold_out", "comment": "a\0b"}, ["comment"]),
        ({"reason": "sold_out", "comment": {}}, ["comment"]),
        ({"reason": "sold_out", "comment": None}, ["comment"]),
        ({"reason": "sold_out", "pickup_point_id": ""}, ["pickup_point_id"]),
        ({"reason": "sold_out", "pickup_point_id": "x" * 10_000}, ["pickup_point_id"]),
        ({"reason": "sold_out", "pickup_point_id": "loc_\0"}, ["pickup_point_id"]),
        ({"reason": "sold_out", "status": "processed", "staff_user": "me"}, ["staff_user", "status"]),
        ({"reason": "sold_out", "x" * 10_000: 1}, ["x" * 100]),
    ],
    ids=lambda value: str(value)[:50],
)
@pytest.mark.parametrize("way", WAYS)
def test_create_refuses_by_name(
    client: DocumentedClient, purchase: Purchase, way: str, body: dict[str, Any], named: list[str]
) -> None:
    before, (url, also) = books(), ways_to_ask(purchase)[way]

    answer = client.post(url, body | also)

    assert (answer.status_code, sorted(fields(answer))) == (400, named)
    assert books() == before


@pytest.mark.parametrize("named", [[], ["purchase_id", "transaction_id"]])
def test_create_needs_one_of_purchase_and_transaction(
    client: DocumentedClient, purchase: Purchase, named: list[str]
) -> None:
    ids = {"purchase_id": purchase.pk, "transaction_id": purchase.transaction_id}

    answer = client.post(URL, {"reason": "sold_out", **{name: ids[name] for name in named}})

    assert (answer.status_code, sorted(fields(answer))) == (400, ["purchase_id", "transaction_id"])


KINDS = {"purchase_id": "pur", "transaction_id": "trx", "pickup_point_id": "loc"}


@pytest.mark.parametrize("name", KINDS)
def test_create_answers_404_for_ids_that_lead_nowhere(
    client: DocumentedClient, purchase: Purchase, their_edition: Edition, name: str
) -> None:
    theirs = make_purchase(their_edition)
    of_theirs = {
        "purchase_id": theirs.pk,
        "transaction_id": theirs.transaction_id,
        "pickup_point_id": make_location(their_edition).pk,
    }
    nil = "00000000000000000000000000"
    own = {"purchase_id": purchase.pk} if name == "pickup_point_id" else {}
    before = books()

    texts = [of_theirs[name], f"{KINDS[name]}_{nil}", f"org_{nil}", "nonsense"]
    answers = [client.post(URL, {"reason": "sold_out", **own, name: text}) for text in texts]

    assert [(answer.status_code, fields(answer)) for answer in answers] == [(404, [name])] * 4
    assert answers[0].json() == answers[1].json()
    assert books() == before


def test_create_refuses_a_pickup_point_of_another_edition(
    client: DocumentedClient, purchase: Purchase, ours: Organization
) -> None:
    body = {"reason": "sold_out", "pickup_point_id": make_location(make_edition(ours)).pk}

    answer = client.post(f"/v1/purchases/{purchase.pk}/refund", body)

    assert (answer.status_code, fields(answer)) == (400, ["pickup_point_id"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"1", b"\xff", b'{"reason": "\\ud800"}'])
@pytest.mark.parametrize("way", WAYS)
def test_create_refuses_a_body_that_is_no_object(
    client: DocumentedClient, purchase: Purchase, way: str, body: bytes
) -> None:
    before = books()

    answer = client.generic("POST", ways_to_ask(purchase)[way][0], body, content_type="application/json")

    assert answer.status_code == 400
    assert books() == before


@pytest.mark.parametrize("way", WAYS)
def test_create_refuses_a_payment_that_is_not_completed(client: DocumentedClient, purchase: Purchase, way: str) -> None:
    Transaction.objects.update(status=TransactionStatus.PENDING)
    before, (url, also) = books(), ways_to_ask(purchase)[way]

    answer = client.post(url, {"reason": "sold_out", **also})

    assert (answer.status_code, answer.json()["code"]) == (409, "transaction_not_refundable")
    assert books() == before


def test_create_refuses_a_purchase_without_a_payment(client: DocumentedClient, purchase: Purchase) -> None:
    Purchase.objects.update(transaction=None)

    answer = client.post(f"/v1/purchases/{purchase.pk}/refund", {"reason": "sold_out"})

    assert (answer.status_code, answer.json()["code"]) == (409, "transaction_not_refundable")


def test_create_refuses_what_has_gone_already(client: DocumentedClient, refund: RefundRequest) -> None:
    before = books()

    answer = client.post(f"/v1/purchases/{refund.purchase_id}/refund", {"reason": "customer_request"})

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_left")
    assert books() == before


@pytest.mark.parametrize("way", WAYS)
def test_create_is_not_for_guests(guest: StaffUser, purchase: Purchase, way: str) -> None:
    url, also = ways_to_ask(purchase)[way]

    answer = client_of(guest).post(url, {"reason": "sold_out", **also})

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    assert not RefundRequest.objects.exists()


def test_approve_answers_the_refund(manager: StaffUser, refund: RefundRequest) -> None:
    answer = client_of(manager).post(f"{URL}/{refund.pk}/approve")

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert (answer.json()["can_approve"], answer.json()["can_reject"]) == (False, False)


def test_approve_takes_an_empty_object(manager: StaffUser, refund: RefundRequest) -> None:
    assert client_of(manager).post(f"{URL}/{refund.pk}/approve", {}).status_code == 200


@pytest.mark.parametrize("body", [b'{"amount": 1}', b"[]", b"null", b"{", b'"yes"'])
def test_approve_takes_no_body(manager: StaffUser, refund: RefundRequest, body: bytes) -> None:
    before = books()

    answer = client_of(manager).generic("POST", f"{URL}/{refund.pk}/approve", body, content_type="application/json")

    assert answer.status_code == 400
    assert books() == before


def test_reject_answers_the_refund_and_lets_go(manager: StaffUser, refund: RefundRequest) -> None:
    answer = client_of(manager).post(f"{URL}/{refund.pk}/reject", {"reason": "No receipt"})

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert answer.json()["transaction"]["available_refund_amount"] == 515.0


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " "}, {"reason": None}, {"reason": "x" * 2001}])
def test_reject_needs_a_reason(manager: StaffUser, refund: RefundRequest, body: dict[str, Any]) -> None:
    before = books()

    answer = client_of(manager).post(f"{URL}/{refund.pk}/reject", body)

    assert (answer.status_code, fields(answer)) == (400, ["reason"])
    assert books() == before


DECISIONS = [("approve", {}), ("reject", {"reason": "No receipt"})]


@pytest.mark.parametrize(("second", "also"), DECISIONS)
@pytest.mark.parametrize(("first", "body"), DECISIONS)
def test_a_refund_is_decided_once(
    manager: StaffUser, refund: RefundRequest, first: str, body: Any, second: str, also: Any
) -> None:
    client = client_of(manager)
    client.post(f"{URL}/{refund.pk}/{first}", body)
    before = books()

    answer = client.post(f"{URL}/{refund.pk}/{second}", also)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert books() == before


@pytest.mark.parametrize(("decision", "body"), DECISIONS)
def test_staff_may_ask_and_not_decide(
    client: DocumentedClient, refund: RefundRequest, decision: str, body: Any
) -> None:
    before = books()

    answer = client.post(f"{URL}/{refund.pk}/{decision}", body)

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    assert books() == before


@pytest.mark.parametrize(("decision", "body"), DECISIONS)
def test_a_token_decides_with_the_scope_for_that_alone(
    ours: Organization, refund: RefundRequest, decision: str, body: Any
) -> None:
    others, alone = (
        make_token(ours, scopes=ALL_SCOPES - {"refunds:approve"}),
        make_token(ours, scopes={"refunds:approve"}),
    )

    answers = [
        DocumentedClient().post(
            f"{URL}/{refund.pk}/{decision}",
            body,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "decision-1"},
        )
        for token in (others, alone)
    ]

    assert [answer.status_code for answer in answers] == [403, 200]


def test_approve_above_the_limit_needs_a_second_person(
    manager: StaffUser, admin: StaffUser, purchase: Purchase
) -> None:
    Organization.objects.update(refund_second_approver_above_minor=100_00)
    refund = make_refund(purchase, by=manager)
    before = books()

    answer = client_of(manager).post(f"{URL}/{refund.pk}/approve")

    assert (answer.status_code, answer.json()["code"]) == (409, "needs_second_approver")
    assert books() == before
    assert client_of(admin).post(f"{URL}/{refund.pk}/approve").status_code == 200


def test_a_manager_of_the_edition_alone_may_decide(edition: Edition, refund: RefundRequest) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)

    assert client_of(person).post(f"{URL}/{refund.pk}/approve").status_code == 200


@pytest.mark.parametrize(
    ("role", "limit_minor", "can"),
    [
        (Role.ADMIN, 500_00, (True, True)),
        (Role.MANAGER, 500_00, (True, True)),
        (Role.MANAGER, 0, (False, True)),
        (Role.STAFF, 500_00, (False, False)),
    ],
)
def test_retrieve_tells_what_the_requester_can_do(
    ours: Organization, purchase: Purchase, manager: StaffUser, role: Role, limit_minor: int, can: tuple[bool, bool]
) -> None:
    Organization.objects.update(refund_second_approver_above_minor=limit_minor)
    refund = make_refund(purchase, by=manager)
    manager.memberships.update(role=role)

    answer = client_of(manager).get(f"{URL}/{refund.pk}").json()

    assert (answer["can_approve"], answer["can_reject"]) == can


@pytest.fixture
def wanted(ours: Organization, staff: StaffUser) -> RefundRequest:
    """What the filters look for; another refund, of another edition, is always beside it."""
    make_refund(make_purchase(make_edition(ours)), by=staff, now=NOON)
    edition = make_edition(ours)
    order = make_order(edition, customer=make_customer(ours, full_name="Ada Byron"), order_number="AB-1234")
    refund = make_refund(order.purchases.get(), by=staff, reason=RefundReason.DEPOSIT_RECLAIM, now=NOON + HOUR)
    RefundRequest.objects.filter(pk=refund.pk).update(status="invalid")
    return refund


def found(client: DocumentedClient, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


@pytest.mark.parametrize("name", ["edition_id", "order_id", "purchase_id", "transaction_id", "organization_id"])
def test_list_filters_by_a_row(client: DocumentedClient, wanted: RefundRequest, name: str) -> None:
    beside = [] if name != "organization_id" else list(RefundRequest.objects.exclude(pk=wanted.pk))

    assert found(client, **{name: getattr(wanted, name)}) == [wanted.pk, *(other.pk for other in beside)]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "invalid"},
        {"reason": "deposit_reclaim"},
        {"scope": RefundScope.PURCHASE_DEPOSIT.value},
        {"created_after": "2026-06-01T13:00:00Z"},
        {"search": "AB-1234"},
        {"search": "ada"},
    ],
    ids=str,
)
def test_list_finds_the_wanted_refund_alone(
    client: DocumentedClient, wanted: RefundRequest, query: dict[str, str]
) -> None:
    assert found(client, **query) == [wanted.pk]


def test_list_finds_what_was_created_before(client: DocumentedClient, wanted: RefundRequest) -> None:
    other = RefundRequest.objects.exclude(pk=wanted.pk).get()

    assert found(client, created_before="2026-06-01T13:00:00Z") == [other.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "unknown"},
        {"reason": "greed"},
        {"scope": "everything"},
        {"created_after": "nonsense"},
        {"created_before": "32"},
        {"search": "\0"},
        {"search": "x" * 10_000},
    ],
    ids=lambda query: str(query)[:40],
)
def test_list_refuses_by_name(client: DocumentedClient, query: dict[str, str]) -> None:
    answer = client.get(URL, query)

    assert (answer.status_code, fields(answer)) == (400, list(query))


@pytest.mark.parametrize("text", ["%", "\\", "A_-1234", "100%"])
def test_list_takes_signs_of_a_search_for_what_they_are(
    client: DocumentedClient, wanted: RefundRequest, text: str
) -> None:
    assert found(client, search=text) == []


@pytest.mark.parametrize("name", ["edition_id", "order_id", "purchase_id", "transaction_id"])
def test_list_of_what_is_theirs_is_a_404_like_one_of_nothing(
    client: DocumentedClient, their_edition: Edition, outsider: StaffUser, name: str
) -> None:
    theirs = getattr(make_refund(make_purchase(their_edition), by=outsider), name)

    answers = [client.get(URL, {name: text}) for text in (theirs, f"{theirs[:4]}00000000000000000000000000")]

    assert [(answer.status_code, fields(answer)) for answer in answers] == [(404, [name])] * 2
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("name", ["created", "modified", "amount", "status"])
def test_list_orders_both_ways(client: DocumentedClient, edition: Edition, staff: StaffUser, name: str) -> None:
    for number in (2, 3, 1):
        amount = {"reason": RefundReason.COMPENSATION, "amount_minor": number * 100}
        refund = make_refund(make_purchase(edition), by=staff, now=NOON + number * HOUR, **amount)
        RefundRequest.objects.filter(pk=refund.pk).update(
            status=["requested", "rejected", "invalid"][number - 1], rejected_by=staff, rejected_at=NOON
        )

    up = [row[name] for row in client.get(URL, {"ordering": name}).json()["results"]]
    down = [row[name] for row in client.get(URL, {"ordering": f"-{name}"}).json()["results"]]

    assert len(set(up)) == 3
    assert up == sorted(up)
    assert down == up[::-1]


def test_retrieve_tells_what_the_refund_belongs_to(client: DocumentedClient, refund: RefundRequest) -> None:
    answer = client.get(f"{URL}/{refund.pk}").json()

    order = Order.objects.get()
    assert (answer["organization"], answer["edition_id"]) == (order.organization_id, order.edition_id)
    assert (answer["purchase"]["api_id"], answer["transaction"]["id"]) == (refund.purchase_id, refund.transaction_id)
