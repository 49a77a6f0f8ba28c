"""`manage.py import_orders` as an operator meets it."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from editions.models import Edition
from orders.models import Order
from preo.webhooks.models import OutboxEvent
from tests.imports.conftest import HEADER, MAPPING, SAMPLE, line

pytestmark = pytest.mark.django_db

Command = Callable[..., str]


@pytest.fixture
def import_file(shop: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command in `tmp_path` and returns what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: Any, source: Path = SAMPLE, mapping: Path = MAPPING, edition: str = shop.pk) -> str:
        output = StringIO()
        options = ("--edition", edition, "--mapping", str(mapping), *map(str, arguments))
        call_command("import_orders", str(source), *options, stdout=output, stderr=StringIO())
        return output.getvalue()

    return run


def test_the_summary_is_one_line(import_file: Command, tmp_path: Path) -> None:
    assert import_file() == (
        "999 lines read = 988 imported + 11 rejected + 0 already there; 61 orders with 12,867 purchases of"
        " 24,702.88 GBP, 46 customers and 585 products created.\n"
    )
    assert len((tmp_path / "online-retail-sample.rejects.csv").read_text().splitlines()) == 12


def test_the_summary_is_an_object_with_json(import_file: Command) -> None:
    report = json.loads(import_file("--json"))

    assert (report["lines_read"], report["reasons"]) == (999, {"return": 10, "zero_price": 1})


def test_the_edition_is_found_by_slugs(import_file: Command, shop: Edition) -> None:
    import_file(edition="ours/retail-2010")

    assert Order.objects.filter(edition=shop).count() == 61


def test_rejects_go_where_they_are_asked_to(import_file: Command, tmp_path: Path) -> None:
    import_file("--rejects", tmp_path / "bad.csv")

    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_dry_run_leaves_no_file(import_file: Command, tmp_path: Path) -> None:
    assert "999 lines read = 988 imported + 11 rejected" in import_file("--dry-run")
    assert list(tmp_path.iterdir()) == []
    assert not Order.objects.exists()


@pytest.mark.parametrize("edition", ["edt_01", "ord_01jdz6m9n5e8vtz1v9q4j1x7a1", "ours/none", "none/retail-2010", ""])
def test_an_edition_that_is_not_there_is_named(import_file: Command, edition: str) -> None:
    with pytest.raises(CommandError, match=f"There is no edition {edition}"):
        import_file(edition=edition)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n\x81\x00\x00", "isn't text"),
        (b"\x00\x01\x02\x03", "Line 1 isn't the header"),
        (HEADER.replace("CustomerID", "Client").encode(), r"no column 'CustomerID', which \[customer\] external_id"),
        (HEADER.replace("Country", "Quantity").encode(), r"more than one column 'Quantity', which \[line\] quantity"),
    ],
)
def test_a_file_that_is_none_of_orders_is_refused(
    import_file: Command, tmp_path: Path, content: bytes, problem: str
) -> None:
    source = tmp_path / "orders.csv"
    source.write_bytes(content)

    with pytest.raises(CommandError, match=problem):
        import_file(source=source)
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_opened_is_named(import_file: Command, tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        import_file(source=tmp_path / name)


def test_a_header_alone_is_no_order(import_file: Command, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEADER)

    with pytest.raises(CommandError, match="nothing below its header"):
        import_file(source=tmp_path / "orders.csv")


def test_a_bad_mapping_is_named(import_file: Command, tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text("[order]")

    with pytest.raises(CommandError, match=r"shop\.toml: \[order\] number is missing"):
        import_file(mapping=tmp_path / "shop.toml")


def test_rejects_never_overwrite_the_source(import_file: Command, tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_text(f"{HEADER}\n{line()}\n")

    with pytest.raises(CommandError, match="can't go into the file"):
        import_file("--rejects", source, source=source)
    with pytest.raises(CommandError, match="can't be written"):
        import_file("--rejects", tmp_path / "none" / "rejects.csv", source=source)
    assert not Order.objects.exists()


def test_a_database_that_fails_is_one_sentence(import_file: Command) -> None:
    def fail(execute: Any, sql: str, *arguments: Any) -> Any:
        if 'FROM "editions_product"' in sql:
            raise OperationalError("the server went away\nmore of it")
        return execute(sql, *arguments)

    with connection.execute_wrapper(fail), pytest.raises(CommandError, match=r"after 0 lines.* server went away$"):
        import_file()
    assert not Order.objects.exists()
