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
