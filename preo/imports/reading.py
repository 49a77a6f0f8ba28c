"""A CSV as it comes: records with the line numbers of the file, in constant memory, whatever is broken in it."""

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

LONGEST_LINE = 262_144
MOST_LINES_OF_A_RECORD = 1_000
CHUNK = 1 << 20
BOMS_OF_OTHERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BadFile(ValueError):
    """The file as a whole can't be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record isn't imported: a permanent code, and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the table, from line `line` of the file on; a `problem` when it is no row at all."""

    line: int
    cells: list[str]
    problem: Refusal | None = None


class Table:
    """The header, and one walk over the records. Records of nothing but blanks don't count."""

    def __init__(self, file: TextIO, *, delimiter: str) -> None:
        self._lines = _Lines(file)
        self._delimiter = delimiter
        # strict, because a quote in the wrong place would otherwise swallow lines without a word.
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self.header = self._read_header()

    def __iter__(self) -> Iterator[Record]:
        while record := self._next():
            if record.problem or any(map(str.strip, record.cells)):
                yield record

    def _read_header(self) -> list[str]:
        first = self._next()
        while first and not first.problem and not any(map(str.strip, first.cells)):
            first = self._next()
        if first is None:
            raise BadFile("The file is empty.")
        if first.problem or any("\0" in cell for cell in first.cells):
            raise BadFile(f"Line {first.line} isn't the header of a CSV.")
        return [cell.strip() for cell in first.cells]

    def _next(self) -> Record | None:
        self._lines.begin_record()
        try:
            cells = next(self._reader)
            return Record(self._lines.first, cells)
        except StopIteration:
            return None
        except csv.Error as error:
            # Only the first line is at fault; an open quote may have taken good ones along.
            line, text = self._lines.keep_first()
            cells = [cell.strip('"') for cell in text.rstrip("\r\n").split(self._delimiter)]
            return Record(line, cells, Refusal("not_csv", f"This isn't a line of a CSV: {error}."))


class _Lines:
    """Lines of the file with their numbers; those of a failed record can be read again."""

    def __init__(self, file: TextIO) -> None:
        self._coming = enumerate(_bounded_lines(file), start=1)
        self._again: deque[tuple[int, str]] = deque()
        self._taken: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        taken = self._again.popleft() if self._again else next(self._coming)
        self._taken.append(taken)
        if len(taken[1]) > LONGEST_LINE:
            raise csv.Error(f"a line has more than {LONGEST_LINE} characters")
        if len(self._taken) > MOST_LINES_OF_A_RECORD:
            raise csv.Error(f"a quote isn't closed within {MOST_LINES_OF_A_RECORD} lines")
        return taken[1]

    @property
    def first(self) -> int:
        return self._taken[0][0]

    def begin_record(self) -> None:
        self._taken.clear()

    def keep_first(self) -> tuple[int, str]:
        """The first line of the record that failed; its other lines come again."""
        self._again.extendleft(reversed(self._taken[1:]))
        return self._taken[0]


def _bounded_lines(file: TextIO) -> Iterator[str]:
    """The lines; of one that is too long, just enough to see that."""
    limit = LONGEST_LINE + 1
    while line := file.readline(limit):
        rest = line
        while len(rest) == limit and not rest.endswith(("\n", "\r")):
            rest = file.readline(limit)
        yield line


@contextmanager
def opened(path: Path, *, encoding: str) -> Iterator[TextIO]:
    """The file as text. Raises BadFile when it isn't there or isn't text."""
    try:
        found = encoding_of(path) if encoding == "auto" else _checked(path, encoding)
        # Line ends stay as they are: within quotes they belong to the value.
        file = path.open(encoding=found, newline="")
    except OSError as error:
        raise BadFile(f"{path} can't be read: {error.strerror}.") from None
    with file:
        yield file


def encoding_of(path: Path) -> str:
    """UTF-8, with or without a mark in front, or else Windows-1252. Reads the whole file, as only that tells."""
    if _fault(path, "utf-8") is None:
        return "utf-8-sig"
    if _starts_with(path, BOMS_OF_OTHERS):
        raise BadFile("The file is UTF-16; save it as UTF-8.")
    if (fault := _fault(path, "cp1252")) is None:
        return "cp1252"
    raise BadFile(f"The file isn't text: byte {fault} fits neither UTF-8 nor Windows-1252.")


def _checked(path: Path, encoding: str) -> str:
    if (fault := _fault(path, encoding)) is not None:
        raise BadFile(f"The file isn't {encoding}, as [file] encoding says: byte {fault} doesn't fit.")
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _fault(path: Path, encoding: str) -> int | None:
    """Where the first byte stands, counted from 0, that the encoding doesn't know."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return offset - pending + error.start
            if not chunk:
                return None
            offset += len(chunk)


def _starts_with(path: Path, marks: tuple[bytes, ...]) -> bool:
    with path.open("rb") as file:
        return file.read(4).startswith(marks)
