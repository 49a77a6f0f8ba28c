"""The records that weren't imported, each with its line and reason in front, ready to be corrected and read again."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from preo.imports.grouping import Reject
from preo.imports.reading import BadFile

OWN_COLUMNS = ("line", "reason_code", "reason")


class Rejects:
    """Writes rejects into a file, or nowhere when there is none. Cells stay as they came, to be read again."""

    def __init__(self, file: TextIO | None, *, header: Sequence[str], delimiter: str) -> None:
        self._writer = file and csv.writer(file, delimiter=delimiter)
        if self._writer:
            self._writer.writerow([*OWN_COLUMNS, *header])

    def write(self, rejects: Iterable[Reject]) -> None:
        """In the order of the source."""
        for reject in sorted(rejects, key=lambda reject: reject.record.line):
            if self._writer:
                self._writer.writerow(
                    [reject.record.line, reject.reason.code, reject.reason.text, *reject.record.cells]
                )


@contextmanager
def rejects_file(path: Path | None, *, source: Path) -> Iterator[TextIO | None]:
    """The file for rejects, which takes its name only when it is complete. Raises BadFile."""
    if path is None:
        yield None
        return
    if path.exists() and path.samefile(source):
        raise BadFile("The rejects can't go into the file that is imported.")
    # Of this process alone, as the same file may be imported twice at once.
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with _created(draft, path) as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _created(draft: Path, path: Path) -> TextIO:
    try:
        return draft.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise BadFile(f"The rejects can't be written to {path}: {error.strerror}.") from None
