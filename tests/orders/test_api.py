"""Orders and purchases over REST: every filter, every ordering, and what a search makes of hostile text."""

from datetime import timedelta
from typing import Any

import pytest

from editions.models import Edition
from orders.models import Order
from orders.states import OrderStatus, OrderType, TransactionStatus
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from tests.documented import DocumentedClient
from tests.factories import NOON, make_customer, make_edition, make_edition_member, make_order, make_purchase

URL = "/v1/orders"
HOUR = timedelta(hours=1)


def client_of(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(StaffUser.objects.get(pk=person.pk))
    return found


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    return client_of(staff)


@pytest.fixture
def customer(ours: Organization) -> Customer:
    return make_customer(ours, full_name="Søren Kjær", email="Soren.Kjaer@Example.org", phone_number="+4520304050")


@pytest.fixture
def wanted(edition: Edition, customer: Customer) -> Order:
    """What the filters look for; another order is always beside it."""
    make_order(edition, customer=make_customer(edition.organization, full_name="Ada Byron", email="ada@other.test"))
    return make_order(
        edition,
        customer=customer,
        order_number="AB-1234",
        type=OrderType.IMPORTED,
        status=OrderStatus.PENDING,
        created=NOON + HOUR,
        modified=NOON + HOUR,
    )


def found(client: DocumentedClient, edition: Edition, **query: Any) -> list[str]:
    answer = client.get(URL, {"edition_id": edition.pk} | query)
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def refused(client: DocumentedClient, edition: Edition, **query: Any) -> tuple[int, list[str]]:
    answer = client.get(URL, {"edition_id": edition.pk} | query)
    return answer.status_code, [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "query",
    [
        {"order_number": "AB-1234"},
        {"order_number": "b-12"},
        {"status": "pending"},
        {"type": "imported"},
        {"created_after": "2026-06-01T12:30:00Z"},
        {"created_after": "2026-06-01T13:00:00Z"},
        {"created_after": "2026-06-01T14:30:00+02:00"},
        {"created_after": "2026-06-01T12:30:00Z", "created_before": "2026-06-01T13:30:00Z"},
        {"customer_email": "soren.kjaer@example.org"},
        {"customer_email": "SOREN"},
        {"customer_email": "kjaer@ex"},
        {"customer_phone": "+4520304050"},
        {"customer_phone": "20304050"},
        {"customer_phone": "20 30 40 50"},
        {"customer_phone": "+45 2030-4050"},
        {"customer_phone": "(20) 30.40"},
        {"search": "AB-1234"},
        {"search": "ab-12"},
        {"search": "søren"},
        {"search": "KJÆR"},
        {"search": "  Søren   Kjær "},
        {"search": "example.org"},
        {"search": "+45 20 30 40 50"},
        {"search": "203040"},
    ],
    ids=str,
)
def test_list_finds_the_wanted_order_alone(
    client: DocumentedClient, edition: Edition, wanted: Order, query: dict[str, str]
) -> None:
    assert found(client, edition, **query) == [wanted.pk]


@pytest.mark.parametrize("name", ["search", "transaction_id", "customer_id"])
def test_list_finds_by_the_ids_of_an_order(
    client: DocumentedClient, edition: Edition, wanted: Order, name: str
) -> None:
    paid = wanted.transactions.get()
    ids = {"search": [wanted.pk, paid.pk], "transaction_id": [paid.pk], "customer_id": [wanted.customer_id]}

    assert [found(client, edition, **{name: text}) for text in ids[name]] == [[wanted.pk]] * len(ids[name])


@pytest.mark.parametrize(
    "query",
    [
        {"created_before": "2026-06-01T12:00:00Z"},
        {"created_after": "2026-06-01T13:00:00.000001Z"},
        {"customer_email": "søren"},
        {"customer_phone": "987654"},
        {"customer_phone": "soren"},
        {"order_number": "søren"},
        {"search": "nobody of this name"},
        {"search": "soren%kjaer"},
        {"search": "AB_1234"},
        {"search": "%"},
        {"customer_email": "_"},
        {"search": "\\"},
        {"search": "%%%"},
        {"order_number": "AB%"},
        {"customer_email": "soren_kjaer"},
        {"customer_phone": "%"},
    ],
    ids=str,
)
def test_list_finds_nothing_where_nothing_matches(
    client: DocumentedClient, edition: Edition, wanted: Order, query: dict[str, str]
) -> None:
    assert found(client, edition, **query) == []


@pytest.mark.parametrize("text", ["100%", "a_b", "c\\d", "it's", '"quoted"', "<b>", "{}", "ßß"])
def test_search_takes_signs_for_what_they_are(client: DocumentedClient, edition: Edition, text: str) -> None:
    odd = make_order(edition, customer=make_customer(edition.organization, full_name=f"Mr {text} X"))
    make_order(edition, customer=make_customer(edition.organization, full_name="Mr 100 aXb cXd its quoted b X"))

    assert found(client, edition, search=text) == [odd.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"created_after": "nonsense"},
        {"created_after": "2026-13-01T00:00:00Z"},
        {"created_before": "yesterday"},
        {"created_before": "1e400"},
        {"created_before": "\0"},
        {"status": "unknown"},
        {"status": "PENDING"},
        {"type": "in_person"},
        {"search": "a\0b"},
        {"search": "x" * 10_000},
        {"customer_email": "\0"},
        {"customer_phone": "2" * 10_000},
        {"order_number": "\0"},
        {"customer_id": "\0"},
    ],
    ids=lambda query: str(query)[:40],
)
def test_list_refuses_by_name(client: DocumentedClient, edition: Edition, query: dict[str, str]) -> None:
    assert refused(client, edition, **query) == (400, list(query))


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-06-01T12:00:00", "2026-06-01T12:00:00-23:59"],
)
@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_list_answers_moments_at_the_edge(client: DocumentedClient, edition: Edition, name: str, moment: str) -> None:
    assert client.get(URL, {"edition_id": edition.pk, name: moment}).status_code in (200, 400)


@pytest.mark.parametrize("name", ["edition_id", "customer_id", "search", "status", "created_after"])
@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_list_refuses_a_blank_parameter_by_name(
    client: DocumentedClient, edition: Edition, name: str, blank: str
) -> None:
    answer = client.get(URL, {"organization_id": edition.organization_id, name: blank})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


def test_list_finds_nothing_by_an_accent_alone(client: DocumentedClient, edition: Edition, wanted: Order) -> None:
    assert found(client, edition, search="\u0301") == []


@pytest.mark.parametrize("query", ["", "?status=pending", "?search=abc", "?transaction_id=x"])
def test_list_needs_an_edition_an_organization_or_a_customer(client: DocumentedClient, query: str) -> None:
    answer = client.get(f"{URL}{query}")

    assert answer.status_code == 400
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"edition_id", "organization_id", "customer_id"}


@pytest.mark.parametrize("name", ["edition_id", "organization_id", "customer_id"])
def test_list_needs_only_one_of_them(client: DocumentedClient, wanted: Order, name: str) -> None:
    answer = client.get(URL, {name: getattr(wanted, name)})

    assert wanted.pk in [row["id"] for row in answer.json()["results"]]


@pytest.mark.parametrize("name", ["edition_id", "organization_id", "customer_id", "transaction_id"])
def test_list_of_what_is_theirs_is_a_404_like_one_of_nothing(
    client: DocumentedClient, edition: Edition, their_edition: Edition, name: str
) -> None:
    order = make_order(their_edition)
    theirs = order.transactions.get().pk if name == "transaction_id" else getattr(order, name)
    missing = f"{theirs[:4]}00000000000000000000000000"

    answers = [client.get(URL, {"edition_id": edition.pk} | {name: text}) for text in (theirs, missing)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["errors"][0]["field"] == name


@pytest.mark.parametrize("name", ["edition_id", "organization_id", "customer_id", "transaction_id"])
def test_list_by_an_id_of_another_kind_is_a_404(client: DocumentedClient, edition: Edition, name: str) -> None:
    assert refused(client, edition, **{name: "evt_00000000000000000000000000"}) == (404, [name])


def test_list_of_a_customer_whom_both_know_has_our_orders_alone(
    client: DocumentedClient, wanted: Order, their_edition: Edition, theirs: Organization
) -> None:
    OrganizationCustomer.objects.create(organization=theirs, customer=wanted.customer)
    make_order(their_edition, customer=wanted.customer)

    answer = client.get(URL, {"customer_id": wanted.customer_id})

    assert [row["id"] for row in answer.json()["results"]] == [wanted.pk]


def test_a_member_of_one_edition_sees_its_orders_alone(edition: Edition, wanted: Order, ours: Organization) -> None:
    elsewhere = make_order(make_edition(ours), customer=wanted.customer)
    client = client_of(make_edition_member("one@ours.example", edition=edition, role=Role.STAFF))

    by_customer = client.get(URL, {"customer_id": wanted.customer_id}).json()["results"]

    assert [row["id"] for row in by_customer] == [wanted.pk]
    assert client.get(URL, {"edition_id": elsewhere.edition_id}).status_code == 404
    assert client.get(f"{URL}/{elsewhere.pk}").status_code == 404
    assert client.get(f"{URL}/{wanted.pk}").status_code == 200


@pytest.mark.parametrize("name", ["edition_id", "organization_id", "customer_id"])
def test_a_guest_is_refused_and_not_shown_an_empty_list(guest: StaffUser, wanted: Order, name: str) -> None:
    answer = client_of(guest).get(URL, {name: getattr(wanted, name)})

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


@pytest.mark.parametrize("name", ["created", "modified", "order_number", "status", "type", "amount"])
def test_list_orders_both_ways(client: DocumentedClient, edition: Edition, name: str) -> None:
    for number, status, kind in [(2, "pending", "online"), (3, "completed", "imported"), (1, "cancelled", "in-person")]:
        moments = {"created": NOON + number * HOUR, "modified": NOON - number * HOUR}
        make_order(edition, order_number=f"N{number}", status=status, type=kind, price_minor=number * 100_00, **moments)

    query = {"edition_id": edition.pk}
    up = [row[name] for row in client.get(URL, query | {"ordering": name}).json()["results"]]
    down = [row[name] for row in client.get(URL, query | {"ordering": f"-{name}"}).json()["results"]]

    assert len(set(up)) == 3
    assert up == sorted(up)
    assert down == up[::-1]


def test_list_shows_an_order(client: DocumentedClient, edition: Edition, wanted: Order) -> None:
    row = client.get(URL, {"edition_id": edition.pk, "status": "pending"}).json()["results"][0]

    assert row == {
        "id": wanted.pk,
        "order_number": "AB-1234",
        "type": "imported",
        "status": "pending",
        "edition": {
            "id": edition.pk,
            "full_name": "Summer Days Camp 2026",
            "slug": edition.slug,
            "start_date": None,
            "end_date": None,
            "timezone": "UTC",
            "is_draft": False,
            "published_at": "2026-06-01T12:00:00Z",
        },
        "amount": 515.0,
        "currency": "dkk",
        "customer_name": "Søren Kjær",
        "customer_email": wanted.customer.email,
        "items_count": 1,
        "has_payment": True,
        "created": "2026-06-01T13:00:00Z",
        "modified": "2026-06-01T13:00:00Z",
    }


@pytest.mark.parametrize("status", TransactionStatus)
def test_an_order_has_a_payment_once_that_is_completed(
    client: DocumentedClient, edition: Edition, status: TransactionStatus
) -> None:
    order = make_order(edition, transaction_status=status)

    row = client.get(URL, {"edition_id": edition.pk}).json()["results"][0]
    detail = client.get(f"{URL}/{order.pk}").json()

    is_completed = status == TransactionStatus.COMPLETED
    assert row["has_payment"] == is_completed
    assert detail["completed_transaction_id"] == (order.transactions.get().pk if is_completed else None)
    assert detail["transactions"][0]["available_refund_amount"] == (515.0 if is_completed else 0.0)


def test_a_purchase_offers_no_more_than_its_payment_has_left(client: DocumentedClient, edition: Edition) -> None:
    order = make_order(edition)
    order.transactions.update(outside_minor=415_00)

    purchase = client.get(f"{URL}/{order.pk}").json()["purchases"][0]

    assert purchase["max_available_refund_amount"] == 100.0


def test_retrieve_does_without_a_cart_and_a_payment(client: DocumentedClient, edition: Edition) -> None:
    order = make_order(edition, transaction_status=TransactionStatus.PENDING)
    Order.objects.update(cart=None, order_number=None)
    order.purchases.update(transaction=None, variant=None, location=None)
    order.transactions.all().delete()

    answer = client.get(f"{URL}/{order.pk}").json()

    assert (answer["cart"], answer["order_number"], answer["transactions"]) == (None, None, [])
    assert [answer["purchases"][0][name] for name in ("variant", "location")] == [None, None]
    assert answer["purchases"][0]["max_available_refund_amount"] == 0.0


def test_retrieve_does_without_what_an_import_did_not_know(client: DocumentedClient, edition: Edition) -> None:
    order = make_order(edition)
    Customer.objects.update(email="", phone_number="", full_name="", last_seen=None)

    customer = client.get(f"{URL}/{order.pk}").json()["customer"]

    assert [customer[name] for name in ("email", "phone_number", "full_name", "last_seen")] == ["", "", "", None]


def test_retrieve_prints_amounts_exactly(client: DocumentedClient, edition: Edition) -> None:
    order = make_order(edition, price_minor=10**14 - 10_000_01, deposit_minor=0, handling_fee_minor=0)

    content = client.get(f"{URL}/{order.pk}").content

    assert b'"price_paid":999999989999.99,' in content


def test_retrieve_keeps_the_names_of_the_day_of_the_sale(client: DocumentedClient, edition: Edition) -> None:
    purchase = make_purchase(edition)
    purchase.product.name = "Renamed"
    purchase.product.save()

    shown = client.get(f"/v1/purchases/{purchase.pk}").json()

    assert shown["product"]["name"] == "Tent"
    assert (shown["order_id"], shown["edition_id"]) == (purchase.order_id, edition.pk)
