"""The OpenAPI document, held against the published contract by the published checker."""

from types import ModuleType
from typing import Any

from tests.documented import document


def test_the_document_keeps_the_contract(checker: ModuleType, published: dict[str, Any]) -> None:
    assert list(checker.differences(checker.Document(document()), published)) == []
