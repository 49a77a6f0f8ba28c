"""The OpenAPI document, held against the published contract by the published checker."""

from pathlib import Path
from types import ModuleType
from typing import Any

from tests.documented import document

LATER = frozenset(Path(__file__).with_name("later_operations.txt").read_text().splitlines())
"""Operations that are published and not built yet. The list only ever gets shorter."""

MISSING = "operation is missing"
FIRST_LENGTH = 10


def test_the_document_keeps_the_contract(checker: ModuleType, published: dict[str, Any]) -> None:
    differences = list(checker.differences(checker.Document(document()), published))

    assert [found for found in differences if found[1] != MISSING] == []
    assert {operation for operation, line in differences if line == MISSING} == LATER


def test_the_list_of_later_operations_names_published_ones_alone(published: dict[str, Any]) -> None:
    assert published.keys() >= LATER
    assert len(LATER) <= FIRST_LENGTH
