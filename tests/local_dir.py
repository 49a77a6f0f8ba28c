"""The local folder of a test session: two sessions in one clone never share a database or a stored file."""

import fcntl
import os
from io import TextIOWrapper
from itertools import count
from pathlib import Path

TESTS_DIR = Path(__file__).resolve().parent.parent / ".local" / "tests"

# Open, and so locked, in the process that claimed a folder; its xdist workers inherit the claim by environment.
_claims: list[TextIOWrapper] = []


def claim() -> None:
    """Take the first folder below .local/tests that no other session uses."""
    if {"DATABASE_URL", "PREO_LOCAL_DIR"} & os.environ.keys():
        return
    TESTS_DIR.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        if _locks(TESTS_DIR / f"{number}.lock"):
            os.environ["PREO_LOCAL_DIR"] = str(TESTS_DIR / str(number))
            return


def is_claimed_here() -> bool:
    """Whether this process, and not the one that started it, claimed the folder."""
    return bool(_claims)


def release() -> None:
    """Let the next session have the folder."""
    while _claims:
        _claims.pop().close()


def _locks(path: Path) -> bool:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _claims.append(file)
    return True
