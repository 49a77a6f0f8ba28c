"""Tables as CSV that a spreadsheet opens without running what somebody typed into a name."""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  meant as they are
"""What a spreadsheet takes for the beginning of a formula; the wide forms are read like the narrow ones."""

# A phone number as E.164 has it: read as a formula it would be this very number.
_PHONE = re.compile(r"\+[0-9]{1,15}")


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """One piece of text for each line, as RFC 4180 has it; None is an empty cell. Holds one row at a time.

    Text that a spreadsheet would run gets an apostrophe in front; a negative amount is therefore given as a Decimal.
    A phone number in E.164 stays as it is, for the programs that send messages to it.
    Rule: "Spreadsheets" in docs/rules.md.
    """
    page = StringIO(newline="")
    writer = csv.writer(page)
    for row in _with(header, rows):
        writer.writerow(map(defused, row))
        yield page.getvalue()
        page.seek(0)
        page.truncate()


def defused(cell: object) -> object:
    """The value of a cell, harmless in a spreadsheet."""
    is_risky = isinstance(cell, str) and (cell.startswith(DANGEROUS) or cell.lstrip().startswith(DANGEROUS))
    return f"'{cell}" if is_risky and not _PHONE.fullmatch(str(cell)) else cell


def _with(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[Iterable[object]]:
    yield header
    yield from rows
