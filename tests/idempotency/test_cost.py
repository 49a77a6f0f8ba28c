"""What a key costs in statements; without one, nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from preo.accounts.models import StaffUser
from tests.documented import DocumentedClient
from tests.factories import make_purchase

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "k"}
OF_THE_KEY = ("pg_try_advisory_xact_lock", "idempotency_keptanswer")


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(staff)
    return found


def statements(client: DocumentedClient, body: Any, headers: dict[str, str]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.post("/v1/refunds", body, headers=headers).status_code == 201
    return [query["sql"] for query in captured.captured_queries]


def kinds(sent: list[str]) -> list[str]:
    """What each begins with, without the savepoints around it."""
    return [sql.split()[0] for sql in sent if not sql.startswith(("SAVEPOINT", "RELEASE"))]


def test_a_key_costs_three_statements_and_a_savepoint_and_a_replay_two(
    client: DocumentedClient, edition: Edition
) -> None:
    body = {"purchase_id": make_purchase(edition).pk, "reason": "other", "amount": 10}
    # The first request of all finds out what the caller can reach.
    statements(client, body, {})

    without, first, again = (statements(client, body, headers) for headers in ({}, KEY, KEY))

    assert not any(name in sql for sql in without for name in OF_THE_KEY)
    assert kinds(first) == ["SELECT", "SELECT", *kinds(without), "INSERT"]
    assert kinds(again) == ["SELECT", "SELECT"]
    # One pair is the outermost transaction, where no test has opened one already.
    assert len(first) - len(without) == 3 + 2 * 2
