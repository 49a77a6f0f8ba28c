"""The documentation: there for anybody, from this server alone, and runnable under the product's own policy."""

import re
from typing import Any

import pytest
import yaml
from django.test import Client

from tests.documented import document


@pytest.fixture
def client(settings: Any) -> Client:
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": plain}}
    return Client()


def test_the_schema_is_served_as_it_is_generated(client: Client) -> None:
    answer = client.get("/v1/schema")

    assert answer.status_code == 200
    assert yaml.safe_load(answer.content) == document()
    assert document()["openapi"].startswith("3.1")


@pytest.mark.parametrize("page", ["/v1/docs", "/v1/redoc"])
def test_a_page_of_documentation_needs_no_other_server(client: Client, page: str) -> None:
    text = client.get(page).content.decode()

    assert re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", text) == []


@pytest.mark.parametrize("page", ["/v1/docs", "/v1/redoc"])
def test_a_page_of_documentation_keeps_the_content_policy(client: Client, page: str) -> None:
    answer = client.get(page)
    text = answer.content.decode()

    inline = [found for found in re.findall(r"<script\b[^>]*>", text) if "src=" not in found]
    assert answer.status_code == 200
    assert "script-src" in answer["Content-Security-Policy"] or "default-src" in answer["Content-Security-Policy"]
    assert inline == []


def test_every_operation_has_a_summary_a_tag_and_an_id_of_its_own() -> None:
    operations = [operation for path in document()["paths"].values() for operation in path.values()]

    assert all(operation["summary"] and operation["tags"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest.mark.parametrize("url", ["/v1/docs", "/v1/redoc"])
def test_the_pages_of_the_documentation_are_only_read(url: str) -> None:
    assert Client().options(url).status_code == 405


def test_an_unknown_host_gets_a_problem_below_v1() -> None:
    answer = Client().get("/v1/editions", headers={"host": "evil.example"})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "bad_request"


def test_a_bad_access_token_gets_a_problem_in_words(db: None) -> None:
    answer = Client().get("/v1/editions", headers={"authorization": "Bearer junk"})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    assert "ErrorDetail" not in answer.json()["detail"]
