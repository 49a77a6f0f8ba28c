"""Pages of a list by number and by cursor, over editions: dates with ties and without a value."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from tests.documented import DocumentedClient
from tests.factories import NOON, make_edition

URL = "/v1/editions"
MOST_PAGES = 20
ORDERINGS = [
    f"{sign}{name}" for name in ("created", "modified", "start_date", "end_date", "name") for sign in ("", "-")
]
MIXED = ["start_date,-name", "-start_date,name", "end_date,-start_date,created", "-name,end_date"]


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(staff)
    return found


@pytest.fixture
def editions(ours: Organization) -> list[Edition]:
    """Eleven, with equal names, equal dates and no dates among them."""
    days = [None, 1, 1, 2, None, 3, 1, None, 2, 5, 4]
    return [
        make_edition(
            ours,
            name=f"Camp {number % 3}",
            start_date=day and NOON + timedelta(days=day),
            end_date=NOON + timedelta(days=9) if day and number % 2 else None,
            created=NOON + timedelta(microseconds=number % 4),
            modified=NOON,
        )
        for number, day in enumerate(days)
    ]


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["results"]]


def walk(client: DocumentedClient, url: str, link: str = "next") -> Iterator[dict[str, Any]]:
    for _ in range(MOST_PAGES):
        page = client.get(url).json()
        yield page
        if not (url := page[link]):
            return
    pytest.fail("the pages go round in circles")


def everything(client: DocumentedClient, ordering: str) -> list[str]:
    return ids(client.get(URL, {"ordering": ordering}).json())


@pytest.mark.parametrize("ordering", ORDERINGS + MIXED)
def test_cursor_walks_every_row_once_in_order(client: DocumentedClient, editions: list[Edition], ordering: str) -> None:
    pages = list(walk(client, f"{URL}?cursor=&page_size=2&ordering={ordering}"))

    assert [row for page in pages for row in ids(page)] == everything(client, ordering)
    assert [len(page["results"]) for page in pages] == [2, 2, 2, 2, 2, 1]
    assert {page["count"] for page in pages} == {None}


@pytest.mark.parametrize("ordering", ORDERINGS + MIXED)
def test_cursor_walks_the_same_pages_backwards(
    client: DocumentedClient, editions: list[Edition], ordering: str
) -> None:
    pages = list(walk(client, f"{URL}?cursor=&page_size=3&ordering={ordering}"))

    back = list(walk(client, pages[-1]["previous"], "previous"))

    assert [ids(page) for page in back] == [ids(page) for page in pages[-2::-1]]
    assert back[-1]["next"] is not None
    assert (pages[0]["previous"], pages[-1]["next"]) == (None, None)


@pytest.mark.parametrize("ordering", ["created", "-start_date"])
def test_page_numbers_never_overlap_either(client: DocumentedClient, editions: list[Edition], ordering: str) -> None:
    pages = list(walk(client, f"{URL}?page_size=2&ordering={ordering}"))

    assert [row for page in pages for row in ids(page)] == everything(client, ordering)
    assert {page["count"] for page in pages} == {11}


def test_cursor_does_not_miss_or_repeat_when_rows_come_in_between(
    client: DocumentedClient, editions: list[Edition], ours: Organization
) -> None:
    first = client.get(URL, {"cursor": "", "page_size": 5, "ordering": "-created"}).json()
    make_edition(ours, created=NOON + timedelta(days=1))

    rest = [row for page in walk(client, first["next"]) for row in ids(page)]

    assert sorted(ids(first) + rest) == sorted(edition.pk for edition in editions)


def test_cursor_of_an_empty_list_leads_nowhere(client: DocumentedClient) -> None:
    answer = client.get(URL, {"cursor": ""})

    assert answer.json() == {"count": None, "next": None, "previous": None, "results": []}


def test_cursor_keeps_the_filters_of_its_list(client: DocumentedClient, editions: list[Edition]) -> None:
    Edition.objects.filter(pk=editions[0].pk).update(is_draft=True)

    rows = [row for page in walk(client, f"{URL}?cursor=&page_size=2&is_draft=false") for row in ids(page)]

    assert sorted(rows) == sorted(edition.pk for edition in editions[1:])


def a_cursor(client: DocumentedClient) -> str:
    url = client.get(URL, {"cursor": "", "page_size": 1}).json()["next"]
    return str(url.partition("cursor=")[2].partition("&")[0])


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "::",
        "a:b:c",
        "\0",
        "x" * 5000,
        "W10:1xUdvo:KH6qzOm2SKsYYMi-4LDcvrJiwJdLh1LnPwSLe8U7S3Y",
        "ø",
        ".eJw:1:x",
    ],
)
def test_a_forged_cursor_is_refused(client: DocumentedClient, editions: list[Edition], text: str) -> None:
    answer = client.get(URL, {"cursor": text})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


def test_a_cursor_that_was_tampered_with_is_refused(client: DocumentedClient, editions: list[Edition]) -> None:
    text = a_cursor(client)
    swapped = ("A" if text[0] != "A" else "B") + text[1:]

    assert client.get(f"{URL}?cursor={swapped}").status_code == 400


def test_a_cursor_of_another_ordering_is_refused(client: DocumentedClient, editions: list[Edition]) -> None:
    answer = client.get(f"{URL}?ordering=name&cursor={a_cursor(client)}")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"field": "cursor", "code": "invalid", "detail": "This cursor belongs to another ordering."}
    ]


def test_a_cursor_of_another_list_is_refused(client: DocumentedClient, editions: list[Edition]) -> None:
    answer = client.get(f"/v1/refunds?cursor={a_cursor(client)}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


def test_a_page_and_a_cursor_together_are_refused(client: DocumentedClient) -> None:
    answer = client.get(URL, {"cursor": "", "page": "1"})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "not_with_cursor")


@pytest.mark.parametrize("text", ["0", "-1", "abc", "²", "٣", "1.0", "", " 1", "+1", "last", "\0", "1e3"])
def test_a_page_that_is_no_number_is_refused(client: DocumentedClient, text: str) -> None:
    answer = client.get(URL, {"page": text})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "page")


@pytest.mark.parametrize("text", ["2", "99999999999999999999", "9" * 5000])
def test_a_page_beyond_the_end_is_a_404_that_names_it(client: DocumentedClient, text: str) -> None:
    answer = client.get(URL, {"page": text})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "page")


@pytest.mark.parametrize("mode", [{}, {"cursor": ""}])
@pytest.mark.parametrize(
    "text", ["0", "501", "abc", "²", "-1", "", "1.5", "9" * 5000, "0" * 5000 + "1", "0" * 20 + "19999"]
)
def test_a_page_size_out_of_bounds_is_refused(client: DocumentedClient, text: str, mode: dict[str, str]) -> None:
    answer = client.get(URL, {"page_size": text} | mode)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "page_size")


def test_the_largest_page_size_is_taken(client: DocumentedClient, editions: list[Edition]) -> None:
    assert len(client.get(URL, {"page_size": "500"}).json()["results"]) == 11


def test_links_are_whole_addresses_that_keep_the_query(client: DocumentedClient, editions: list[Edition]) -> None:
    page = client.get(URL, {"page_size": "4", "page": "2", "ordering": "name"}).json()

    assert page["next"] == f"http://testserver{URL}?ordering=name&page=3&page_size=4"
    assert page["previous"] == f"http://testserver{URL}?ordering=name&page_size=4"
