"""The database of the tests: an embedded PostgreSQL for each session, unless DATABASE_URL names one."""

import fcntl
import os
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from preo import embedded_postgres

TESTS_DIR = Path(__file__).resolve().parent.parent / ".local" / "tests"

# Open, and so locked, in the process that claimed a folder; its xdist workers inherit the claim by environment.
_claims: list[TextIOWrapper] = []


def claim_local_dir() -> None:
    """Take the first folder below .local/tests that no other session uses, so that two sessions never meet."""
    if {"DATABASE_URL", "PREO_LOCAL_DIR"} & os.environ.keys():
        return
    TESTS_DIR.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        if _is_claimed(TESTS_DIR / f"{number}.lock"):
            os.environ["PREO_LOCAL_DIR"] = str(TESTS_DIR / str(number))
            return


def _is_claimed(path: Path) -> bool:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _claims.append(file)
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the server just before the first test that needs a database."""
    if settings.IS_EMBEDDED:
        embedded_postgres.ensure_running(settings.LOCAL_DIR, fsync=False)


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The address of this worker's test database, for another connection."""
    if settings.IS_EMBEDDED:
        return embedded_postgres.url(settings.LOCAL_DIR, database=connection.settings_dict["NAME"])
    found = connection.settings_dict
    sign_in = f"{quote(found['USER'], safe='')}:{quote(found['PASSWORD'], safe='')}"
    return f"postgresql://{sign_in}@{quote(found['HOST'], safe='')}:{found['PORT'] or 5432}/{quote(found['NAME'])}"


@pytest.fixture
def child_environment(database_url: str) -> dict[str, str]:
    """What a real process of the product needs in its environment to work on this worker's test database."""
    return os.environ | {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "preo.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "BEHIND_TLS": "false",
    }


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the server that this session started."""
    if _claims:
        embedded_postgres.stop(settings.LOCAL_DIR)
        _claims.pop().close()
