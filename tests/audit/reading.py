"""Reading the trail over REST, for tests."""

from typing import Any

from editions.models import Category, Edition
from editions.operations.catalog import add_row
from preo.accounts.models import StaffUser
from tests.documented import DocumentedClient
from tests.factories import NOON

URL = "/v1/audit-events"
CATEGORIES = {"object_type": "editions.category"}


def make_category(edition: Edition, *, by: StaffUser, name: str = "Tents") -> Category:
    return add_row(Category(edition=edition, name=name), by=by, now=NOON)


def events(client: DocumentedClient, **query: Any) -> list[Any]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]  # type: ignore[no-any-return]  # as the document has it


def changes_of(event: Any) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["before"], change["after"]) for change in event["changes"]}
