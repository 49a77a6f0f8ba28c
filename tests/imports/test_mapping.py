"""Mappings that can't be used say which key is at fault."""

from pathlib import Path

import pytest

from preo.imports.mapping import (
    BadMapping,
    CustomerColumns,
    FileFormat,
    LineColumns,
    Mapping,
    OrderColumns,
    load_mapping,
    read_mapping,
)
from tests.imports.conftest import MAPPING

GOOD = MAPPING.read_text()


def test_the_shipped_mapping_is_read_whole() -> None:
    assert load_mapping(MAPPING) == Mapping(
        file=FileFormat(delimiter=",", encoding="auto", decimal="."),
        order=OrderColumns("InvoiceNo", "InvoiceDate", ("%m/%d/%y %H:%M",), "Europe/London", "C"),
        line=LineColumns("StockCode", "Description", "Quantity", "UnitPrice", "refuse"),
        customer=CustomerColumns(external_id="CustomerID", email=None, name=None, phone=None),
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('number = "InvoiceNo"', "", r"\[order\] number is missing"),
        ('number = "InvoiceNo"', "number = 3", r"\[order\] number must be a text"),
        ('number = "InvoiceNo"', 'number = " "', r"\[order\] number must be a text"),
        ('unit_price = "UnitPrice"', "", r"\[line\] unit_price is missing"),
        ('external_id = "CustomerID"', "", r"\[customer\] external_id is missing, and so is email"),
        ('zero_prices = "refuse"', 'zero_prices = "drop"', r"\[line\] zero_prices must be one of 'refuse', 'accept'"),
        ('delimiter = ","', 'delimiter = ";;"', r"\[file\] delimiter must be a single character"),
        ('delimiter = ","', "delimiter = '\"'", r"\[file\] delimiter must be a single character"),
        ('encoding = "auto"', 'encoding = "ebcdic"', r"\[file\] encoding must be one of"),
        ('decimal = "."', "decimal = []", r"\[file\] decimal must be one of"),
        ('["%m/%d/%y %H:%M"]', "[]", r"\[order\] date_formats must be a list"),
        ('["%m/%d/%y %H:%M"]', '"%m"', r"\[order\] date_formats must be a list"),
        ('["%m/%d/%y %H:%M"]', '["%Q"]', r"\[order\] date_formats has '%Q', which isn't a format"),
        ('["%m/%d/%y %H:%M"]', '["%m/%y"]', r"\[order\] date_formats has '%m/%y', which doesn't say"),
        ('"Europe/London"', '"Europe/Atlantis"', r"\[order\] timezone is 'Europe/Atlantis'"),
        ('"Europe/London"', '"../../etc/passwd"', r"\[order\] timezone is"),
        ("[customer]", "[customer]\ncolor = 1", r"\[customer\] color is no key"),
        ("[customer]", "[client]", r"\[customer\] external_id is missing"),
        ("[file]", "[files]", r"no section \[files\]"),
        ("[file]", "file", "isn't TOML"),
    ],
)
def test_a_bad_mapping_names_its_key(old: str, new: str, problem: str) -> None:
    assert old in GOOD

    with pytest.raises(BadMapping, match=problem):
        read_mapping(GOOD.replace(old, new))


@pytest.mark.parametrize(("content", "problem"), [(None, "can't be read"), (b"\xff\x00", "isn't UTF-8")])
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "shop.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(BadMapping, match=rf"shop\.toml {problem}"):
        load_mapping(path)
