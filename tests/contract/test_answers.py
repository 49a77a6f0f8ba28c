"""Real answers, held member by member against the published examples."""

from collections.abc import Iterator
from typing import Any

import pytest

from consents.models import Consent
from consents.operations import create_consent
from editions.models import Edition
from orders.models import Order
from tests.contract.conftest import make_complete_order
from tests.documented import DocumentedClient
from tests.factories import NOON, make_edition, make_location, make_organization, make_product, make_vendor

# Whatever an organization or a provider put there.
FREE_FORM = {"metadata", "service_response", "merchant_id", "merchant_account_extra_parameters"}
OTHER_TYPES = {
    "can_approve": "a boolean: the published string is an artefact of a generator",
    "can_reject": "a boolean: the published string is an artefact of a generator",
}
NULLS = {
    "next": "there is no page behind the last",
    "refund_date": "nothing has been paid out yet",
}
ADDITIONS = {
    "admin_url": "leads from a finding to the page on which it is mended",
    "version": "what a customer agreed to is one version of a consent",
    "supersedes_id": "leads from a version of a consent to the one before",
    "superseded_by_id": "leads from a version of a consent to the one that took its place",
}
"""Members that the examples don't have, and why we do."""


def differences(example: Any, answer: Any, where: str = "$") -> Iterator[str]:
    name = where.rpartition(".")[2]
    if answer is None and name in NULLS:
        return
    if _kind(example) != _kind(answer) and name not in OTHER_TYPES:
        yield f"{where} is {answer!r}, published as {example!r}"
    elif isinstance(example, dict) and name not in FREE_FORM:
        yield from (f"{where}.{missing} is missing" for missing in example.keys() - answer.keys())
        yield from (f"{where}.{added} is not published" for added in answer.keys() - example.keys() - ADDITIONS.keys())
        for member in example.keys() & answer.keys():
            yield from differences(example[member], answer[member], f"{where}.{member}")
    elif isinstance(example, list):
        yield from [] if answer else [f"{where} is empty, so that nothing was compared"]
        for item in answer:
            yield from differences(example[0], item, where)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def held(published: dict[str, Any], operation: str, answer: Any) -> list[str]:
    return list(differences(published[operation]["response_example"], answer.json()))


def test_the_list_of_orders(
    client: DocumentedClient, published: dict[str, Any], edition: Edition, order: Order
) -> None:
    make_complete_order(edition)

    answer = client.get("/v1/orders", {"edition_id": edition.pk, "page": 2, "page_size": 1})

    assert held(published, "GET /v1/orders", answer) == []


def test_an_order(client: DocumentedClient, published: dict[str, Any], order: Order) -> None:
    answer = client.get(f"/v1/orders/{order.pk}")

    assert held(published, "GET /v1/orders/{id}", answer) == []


def test_the_purchase_of_an_order_has_at_least_what_the_order_shows(
    client: DocumentedClient, published: dict[str, Any], order: Order
) -> None:
    example = published["GET /v1/orders/{id}"]["response_example"]["purchases"][0]
    answer = client.get(f"/v1/purchases/{order.purchases.get().pk}").json()

    found = list(differences(example, {name: value for name, value in answer.items() if name in example}))

    assert found == []


def test_the_list_of_editions(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    make_edition(edition.organization)

    answer = client.get("/v1/editions", {"page": 2, "page_size": 1, "ordering": "-start_date"})

    assert held(published, "GET /v1/editions", answer) == []


def test_an_edition(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    answer = client.get(f"/v1/editions/{edition.pk}")

    assert held(published, "GET /v1/editions/{id}", answer) == []


def test_a_healthcheck(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    answer = client.get(f"/v1/editions/{edition.pk}/healthcheck").json()
    # A check that passed concerns no row, so that there is nothing to compare.
    answer["checks"] = [check for check in answer["checks"] if not check["passed"]]

    assert list(differences(published["GET /v1/editions/{edition_id}/healthcheck"]["response_example"], answer)) == []


def test_a_new_edition(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    example = published["POST /v1/editions"]["request_example"]
    real = {
        "organization_id": edition.organization_id,
        "event_id": edition.event_id,
        "end_date": "2024-08-26T15:00:00Z",
    }

    answer = client.post("/v1/editions", example | real)

    assert answer.status_code == 201
    assert answer.json().keys() == published["POST /v1/editions"]["response_example"].keys()


def test_a_changed_edition(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    body = published["PATCH /v1/editions/{id}"]["request_example"]
    now = client.get(f"/v1/editions/{edition.pk}").json()
    real = {name: now[name] for name in body if name.endswith(("_id", "_address")) or name in ("currency", "timezone")}
    texts = {"meta_title": {"en": "Camp"}, "meta_description": {"en": "Tents"}, "end_date": "2024-08-26T15:00:00Z"}

    answer = client.patch(f"/v1/editions/{edition.pk}", body | real | texts | {"is_archived": False})

    assert (answer.status_code, answer.json()["is_draft"]) == (200, True)
    assert held(published, "PATCH /v1/editions/{id}", answer) == []


def test_a_duplicate_of_an_edition(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    body = published["POST /v1/editions/{id}/duplicate"]["request_example"]

    answer = client.post(f"/v1/editions/{edition.pk}/duplicate", body | {"event_id": edition.event_id})

    found = held(published, "POST /v1/editions/{id}/duplicate", answer)
    assert (answer.status_code, found) == (201, ["$.published_at is None, published as '2024-08-25T15:00:00Z'"])


def make_consents(edition: Edition) -> list[Consent]:
    """One for each target, so that every member has a value in one of them."""
    vendor = make_organization("bar")
    make_vendor(edition, vendor)
    targets: list[dict[str, Any]] = [
        {"edition": edition},
        {"vendor_org": vendor},
        {"products": [make_product(edition)]},
    ]
    texts = {"title": "Terms", "consent_text": {"en": "I agree."}, "document_url": {"en": "https://ours.example/terms"}}
    return [
        create_consent(edition.organization, values=texts | target, publish=True, by=None, now=NOON)
        for target in targets
    ]


def test_the_list_of_consents(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    make_consents(edition)
    example = published["GET /v1/consents"]["response_example"]

    answer = client.get("/v1/consents", {"page": 2, "page_size": 1, "ordering": "-created"}).json()

    found = [line for line in differences(example, answer) if not is_of_another_target(line)]
    assert found == []


def test_a_consent_of_each_target(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    consents = make_consents(edition)
    example = published["GET /v1/consents/{id}"]["response_example"]

    answers = [client.get(f"/v1/consents/{consent.pk}").json() for consent in consents]

    lines = [line for answer in answers for line in differences(example, answer)]
    assert [answer["scope"] for answer in answers] == ["edition", "vendor", "product"]
    assert [line for line in lines if not is_of_another_target(line)] == []
    assert len(lines) == 2 * len(consents)


def is_of_another_target(line: str) -> bool:
    """A consent has one target, so that the members of the two others are empty."""
    member = line.partition(" ")[0].rpartition(".")[2]
    return member in ("edition_id", "vendor_org_id", "product_ids")


def test_a_new_consent(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    body = published["POST /v1/consents"]["request_example"]
    real = {
        "organization_id": edition.organization_id,
        "consent_text": {"en": "I agree."},
        "document_url": {"en": "https://ours.example/terms"},
        "edition_id": edition.pk,
        "vendor_org_id": None,
        "product_ids": [],
        "published": True,
    }

    answer = client.post("/v1/consents", body | real)

    example = published["POST /v1/consents"]["response_example"]
    lines = [line for line in differences(example, answer.json()) if not is_of_another_target(line)]
    assert (answer.status_code, lines) == (201, [])


def test_a_changed_consent(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    consent = create_consent(edition.organization, values={"title": "Terms"}, by=None, now=NOON)
    body = published["PATCH /v1/consents/{id}"]["request_example"]
    texts = {"consent_text": {"en": "I agree."}, "document_url": {"en": "https://ours.example/terms"}}
    target = {"edition_id": edition.pk, "vendor_org_id": None, "product_ids": []}

    answer = client.patch(f"/v1/consents/{consent.pk}", body | texts | target)

    example = published["PATCH /v1/consents/{id}"]["response_example"]
    lines = [line for line in differences(example, answer.json()) if not is_of_another_target(line)]
    assert (answer.status_code, lines) == (200, [])


def test_the_choices_of_an_edition(client: DocumentedClient, published: dict[str, Any], edition: Edition) -> None:
    answer = client.get("/v1/editions/_meta")

    assert held(published, "GET /v1/editions/_meta", answer) == []


def test_a_refund(client: DocumentedClient, published: dict[str, Any], edition: Edition, order: Order) -> None:
    pickup_point = make_location(edition)
    body = {"reason": "customer_request", "comment": "Rain", "pickup_point_id": pickup_point.pk}

    answer = client.post(f"/v1/purchases/{order.purchases.get().pk}/refund", body)

    assert held(published, "POST /v1/purchases/{id}/refund", answer) == []


def test_the_request_of_a_refund_takes_every_published_member(
    client: DocumentedClient, published: dict[str, Any], edition: Edition, order: Order
) -> None:
    body = published["POST /v1/purchases/{id}/refund"]["request_example"]
    real = {"scope": "purchase_deposit", "amount": None, "pickup_point_id": make_location(edition).pk}

    answer = client.post(f"/v1/purchases/{order.purchases.get().pk}/refund", body | real)

    assert answer.status_code == 201
    assert answer.json()["amount"] == 100.0


@pytest.mark.parametrize(
    ("example", "answer", "found"),
    [
        ({"a": 1}, {"a": 2}, []),
        ({"a": 1}, {}, ["$.a is missing"]),
        ({}, {"a": 1}, ["$.a is not published"]),
        ({"a": "x"}, {"a": None}, ["$.a is None, published as 'x'"]),
        ({"a": 1}, {"a": True}, ["$.a is True, published as 1"]),
        ([{"a": 1}], [{"a": 1}, {"b": 1}], ["$.a is missing", "$.b is not published"]),
        ([1], [], ["$ is empty, so that nothing was compared"]),
    ],
)
def test_differences_finds_what_differs(example: Any, answer: Any, found: list[str]) -> None:
    assert list(differences(example, answer)) == found
