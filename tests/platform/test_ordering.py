"""Ordering: names of the API, in turn, always finished by the id."""

import pytest
from rest_framework.exceptions import ValidationError

from preo.accounts.models import Organization, StaffUser
from preo.api.ordering import columns
from tests.documented import DocumentedClient
from tests.factories import make_edition

KNOWN = {"created": "created", "amount": "amount_minor"}


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (["created"], ["created", "id"]),
        (["-created"], ["-created", "-id"]),
        (["amount"], ["amount_minor", "id"]),
        (["-amount", "created"], ["-amount_minor", "created", "id"]),
        (["amount", "-created"], ["amount_minor", "-created", "-id"]),
        ([" amount ", "created"], ["amount_minor", "created", "id"]),
    ],
)
def test_columns_ends_with_the_id_in_the_last_direction(terms: list[str], found: list[str]) -> None:
    assert columns(terms, KNOWN) == found


@pytest.mark.parametrize("term", ["", "-", "--created", "amount_minor", "id", "created__year", "?", "Created", "\0"])
def test_columns_refuses_what_is_not_offered(term: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        columns([term], KNOWN)

    assert refusal.value.get_codes() == {"ordering": ["invalid_choice"]}


def test_columns_refuses_more_terms_than_anybody_needs() -> None:
    with pytest.raises(ValidationError) as refusal:
        columns(["created"] * 6, KNOWN)

    assert refusal.value.get_codes() == {"ordering": ["too_many"]}


@pytest.fixture
def client(staff: StaffUser, ours: Organization) -> DocumentedClient:
    for name, is_draft in [("b", True), ("a", True), ("b", False)]:
        make_edition(ours, name=name, slug=f"{name}-{is_draft}", is_draft=is_draft)
    found = DocumentedClient()
    found.force_authenticate(staff)
    return found


@pytest.mark.parametrize("query", ["ordering=name,-created", "ordering=name&ordering=-created"])
def test_a_list_takes_orderings_repeated_or_with_commas(client: DocumentedClient, query: str) -> None:
    answer = client.get(f"/v1/editions?{query}")

    assert [row["slug"] for row in answer.json()["results"]] == ["a-True", "b-False", "b-True"]


@pytest.mark.parametrize(
    "query",
    [
        "ordering=--created",
        "ordering=nonsense",
        "ordering=name,,created",
        "ordering=,",
        "ordering=",
        "ordering=name,id",
    ],
)
def test_a_list_refuses_an_unknown_ordering_by_name(client: DocumentedClient, query: str) -> None:
    answer = client.get(f"/v1/editions?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "ordering")


def test_a_list_is_newest_first_by_itself(client: DocumentedClient) -> None:
    answer = client.get("/v1/editions")

    assert [row["slug"] for row in answer.json()["results"]] == ["b-False", "a-True", "b-True"]
