"""Schemathesis sends what it makes of the document to the real application and holds the answers against it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache as throttles
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from editions.models import Edition
from preo.accounts.models import Organization
from preo.public_ids import new
from preo.wsgi import application
from tests.documented import document, operations
from tests.factories import make_email_message, make_location, make_token
from tests.house.consent_rows import a_consent
from tests.house.table import a_refund

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 15
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def ids(edition: Edition) -> dict[str, str]:
    """Ids of rows that are there, by the names under which they are asked for."""
    refund = a_refund(edition)
    named = ("organization_id", "edition_id", "order_id", "transaction_id", "purchase_id")
    return {
        "/v1/consents/{id}": a_consent(edition).pk,
        "/v1/editions/{id}": edition.pk,
        "/v1/email-messages/{id}": make_email_message(edition.organization, edition=edition).pk,
        "/v1/orders/{id}": refund.order_id,
        "/v1/purchases/{id}": str(refund.purchase_id),
        "/v1/refunds/{id}": refund.pk,
        "/v1/users/{id}": refund.order.customer_id,
        "pickup_point_id": make_location(edition).pk,
        **{name: getattr(refund, name) for name in named},
    }


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A request in this process must leave the test's own transaction open, as Django's test client sees to it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@cache
def schema() -> Any:
    found = schemathesis.openapi.from_dict(document())
    found.app = application
    return found


def names_another_route(case: Any) -> bool:
    """Made-up ids are also taken from words in the source, where the names of routes are."""
    return "{" in case.path and case.formatted_path in {path for _, path in operations()}


def put_real_ids(case: Any, ids: dict[str, str]) -> None:
    """What is made up leads nowhere, and much of it at once too, so that only refusals would be tried."""
    if case.method == "GET" and isinstance(case.query, dict) and "{" not in case.path and case.query:
        case.query = dict(list(case.query.items())[:1]) | {"organization_id": ids["organization_id"]}
    if isinstance(case.body, dict) and "purchase_id" in case.body:
        case.body.pop("transaction_id", None)
    for prefix in [prefix for prefix in ids if case.path.startswith(prefix)]:
        case.path_parameters["id"] = ids[prefix]
    for members in (case.query, case.body):
        for name in ids.keys() & (members.keys() if isinstance(members, dict) else ()):
            members[name] = ids[name]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize(("method", "path"), [pytest.param(*key, id=" ".join(key)) for key in operations()])
def test_the_application_answers_as_documented(
    one_connection: None, ours: Organization, ids: dict[str, str], method: str, path: str, mode: GenerationMode
) -> None:
    throttles.clear()
    headers = {"Authorization": f"Bearer {make_token(ours)}"}
    operation = schema()[path][method]

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), is_real=st.booleans())
    def run(case: Any, is_real: bool) -> None:
        if is_real:
            put_real_ids(case, ids)
            case.headers["Idempotency-Key"] = new("key")
        assume(not names_another_route(case))
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
