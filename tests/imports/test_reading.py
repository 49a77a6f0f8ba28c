"""Whatever is in the file: the numbers of its lines stay right, and nothing is swallowed."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo.imports.reading import LONGEST_LINE, BadFile, Record, Table, encoding_of, opened


def records(text: str) -> list[Record]:
    return list(Table(io.StringIO("a,b\n" + text, newline=""), delimiter=","))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_the_file(end: str) -> None:
    text = end.join(["1,2", "", '"x', 'y",3', " , ", "4,5"])

    found = records(text)

    assert [(record.line, record.cells) for record in found] == [
        (2, ["1", "2"]),
        (4, [f"x{end}y", "3"]),
        (7, ["4", "5"]),
    ]


@pytest.mark.parametrize(
    "bad", ['"open,2', '"closed" early,2', f"{'x' * 140_000},2", f"{'x' * (LONGEST_LINE + 1)},2", '"' * 2_001]
)
def test_a_broken_line_costs_itself_alone(bad: str) -> None:
    found = records(f"1,2\n{bad}\n3,4\n5,6\n")

    assert [(record.line, record.problem and record.problem.code) for record in found] == [
        *[(2, None), (3, "not_csv")],
        *[(4, None), (5, None)],
    ]
    assert found[2].cells == ["3", "4"]


def test_an_open_quote_takes_at_most_a_bounded_number_of_lines_along() -> None:
    found = records('"open,2\n' + "3,4\n" * 5_000)

    assert [len(found), found[0].line, found[1].line, found[-1].line] == [5_001, 2, 3, 5_002]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.lists(cells, min_size=2, max_size=3), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_wrote_comes_back(rows: list[list[str]], end: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)

    found = records(written.getvalue())

    assert [record.cells for record in found] == [row for row in rows if any(map(str.strip, row))]


@given(st.lists(st.text('ab",\n ;\0é', max_size=9), max_size=30))
def test_every_line_of_any_text_is_in_some_record(lines: list[str]) -> None:
    physical = "\n".join(lines).split("\n")

    found = records("\n".join(physical))

    starts = [record.line - 2 for record in found]
    assert starts == sorted(set(starts))
    covered = {start + extra for record, start in zip(found, starts, strict=True) for extra in range(_height(record))}
    assert {number for number, text in enumerate(physical) if text.strip(' ,"')} <= covered


def _height(record: Record) -> int:
    return 1 if record.problem else 1 + sum(cell.count("\n") for cell in record.cells)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a,b\n1,2\n", "utf-8-sig"),
        ("\ufeffa,é\n".encode(), "utf-8-sig"),
        ("é\n".encode() * 700_000, "utf-8-sig"),
        (b"a\n" * 700_000 + b"\xe9\n", "cp1252"),
        (b"", "utf-8-sig"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)

    assert encoding_of(path) == encoding


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x81\x00", "isn't text: byte 8 "),
        (b"a\n" * 700_000 + b"\x81\n", "isn't text: byte 1400000 "),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)

    with pytest.raises(BadFile, match=problem):
        encoding_of(path)


def test_a_named_encoding_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"a\n\xe9\n")

    with pytest.raises(BadFile, match=r"isn't utf-8, as .* byte 2 "), opened(path, encoding="utf-8"):
        pass


@pytest.mark.parametrize(
    ("text", "problem"), [("", "empty"), ("\n \n", "empty"), ("a,b\0\n", "Line 1 isn't"), ('\n"a,b', "Line 2 isn't")]
)
def test_a_file_without_a_header_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadFile, match=problem):
        Table(io.StringIO(text, newline=""), delimiter=",")
