"""A shop, its mapping, and a way to import a few lines."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from editions.models import Edition
from preo.accounts.models import Organization
from preo.imports.mapping import Mapping, load_mapping
from preo.imports.operations import import_orders
from preo.imports.report import Report
from tests.factories import NOON, make_edition

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "online-retail-sample.csv"
MAPPING = ROOT / "docs" / "examples" / "online-retail.toml"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"

Import = Callable[..., Report]


@pytest.fixture
def mapping() -> Mapping:
    return load_mapping(MAPPING)


@pytest.fixture
def with_email(mapping: Mapping) -> Mapping:
    """The sample's, but with e-mail addresses in the column of countries."""
    customer = replace(mapping.customer, email="Country")
    return replace(mapping, customer=customer)


@pytest.fixture
def shop(ours: Organization) -> Edition:
    return make_edition(ours, slug="retail-2010", currency="gbp")


@pytest.fixture
def do_import(shop: Edition, mapping: Mapping, tmp_path: Path) -> Import:
    """Imports lines given below the sample's header, or a whole file; rejects go to rejects.csv in `tmp_path`."""

    def run(*lines: str, source: Path | None = None, with_mapping: Mapping = mapping, dry_run: bool = False) -> Report:
        if source is None:
            source = tmp_path / "lines.csv"
            source.write_text("\n".join([HEADER, *lines]) + "\n")
        return import_orders(
            source,
            edition=shop,
            mapping=with_mapping,
            rejects=tmp_path / "rejects.csv",
            dry_run=dry_run,
            now=NOON,
            progress=lambda _: None,
        )

    return run


@pytest.fixture
def rejected(tmp_path: Path) -> Callable[[], list[list[str]]]:
    """Line and reason code of each rejected line."""

    def read() -> list[list[str]]:
        rows = (tmp_path / "rejects.csv").read_text().splitlines()[1:]
        return [row.split(",")[:2] for row in rows]

    return read


def line(
    order: str = "1",
    code: str = "A",
    *,
    name: str = "Tent",
    quantity: object = 1,
    date: str = "12/1/10 8:26",
    price: object = "2.50",
    customer: str = "17850",
) -> str:
    return f"{order},{code},{name},{quantity},{date},{price},{customer},United Kingdom"
