"""Tables as CSV: quoting, empty cells, and text that a spreadsheet would run."""

import csv
from collections.abc import Iterator
from decimal import Decimal

import pytest

from preo.spreadsheets import csv_lines


def test_csv_lines_hold_the_header_and_each_row() -> None:
    lines = list(csv_lines(["order", "amount"], [["A-1", Decimal("12.50")], ["A-2", None]]))

    assert lines == ["order,amount\r\n", "A-1,12.50\r\n", "A-2,\r\n"]


def test_csv_lines_keep_quotes_commas_and_lines_within_a_cell() -> None:
    text = 'said "no", then\nleft'

    assert list(csv.reader(["".join(csv_lines([], [[text]])).removeprefix("\r\n")], strict=True)) == [[text]]


NO_PHONES = ["+45 12", "+45-12", "+4512\n", "++4512", "+", "+\u0664\u0665", f"+{'1' * 16}"]


@pytest.mark.parametrize("text", ["=1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", *NO_PHONES])  # noqa: RUF001  meant
def test_csv_lines_defuse_what_a_spreadsheet_would_run(text: str) -> None:
    _, line = csv_lines(["note"], [[text]])

    assert line.lstrip('"').startswith("'")


@pytest.mark.parametrize("cell", ["plain", "a=b", "", "+31667740003", Decimal("-1.50"), -3])
def test_csv_lines_leave_everything_else_as_it_is(cell: object) -> None:
    assert list(csv_lines([], [[cell, "x"]]))[1] == f"{cell},x\r\n"


def test_csv_lines_take_one_row_at_a_time() -> None:
    taken: list[int] = []

    def rows() -> Iterator[list[int]]:
        for number in range(3):
            taken.append(number)
            yield [number]

    lines = csv_lines(["n"], rows())
    next(lines), next(lines)

    assert taken == [0]
