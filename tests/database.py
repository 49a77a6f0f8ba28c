"""The database of the tests: an embedded PostgreSQL for each session, unless DATABASE_URL names one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from preo import embedded_postgres
from tests import local_dir

TEMPLATE = "test_preo_template"
# They start servers of their own: something for one worker to do while another migrates.
LONG_WITHOUT_DATABASE = {"test_serving.py", "test_embedded_postgres.py"}
COMMITTING = {"transactional_db", "live_server"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests without our database, which pytest-django would leave for the end.

    Of those that commit, which it rightly does leave for the end, begin with the long ones: whatever comes last should
    keep one worker alone busy for a moment only.
    """
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.path.name in LONG_WITHOUT_DATABASE:
        return 0
    if not _commits(item):
        return 1
    return 2 if item.path.name.startswith("test_kills") or item.path.parent.name == "browser" else 3


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or bool(COMMITTING & {*getattr(item, "fixturenames", ())})


@pytest.fixture(scope="session")
def turn() -> Iterator[ExitStack]:
    """Open while this worker, and no other, makes its database."""
    with ExitStack() as stack:
        stack.enter_context(_locked())
        yield stack


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, turn: ExitStack, django_db_blocker: DjangoDbBlocker
) -> None:
    """Start the server just before the first test that needs a database.

    Migrating takes seconds, so the first of several workers migrates a template that all of them copy.
    """
    if settings.IS_EMBEDDED:
        embedded_postgres.ensure_running(settings.LOCAL_DIR, fsync=False)
    if run := os.environ.get("PYTEST_XDIST_TESTRUNUID"):
        with django_db_blocker.unblock():
            _ensure_template(run)
        connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE


@pytest.fixture(scope="session")
def django_db_setup(turn: ExitStack, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let the next worker copy the template; who ends removes it, and a worker that comes later makes it anew."""
    turn.close()
    yield
    with _locked(), django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")


def _ensure_template(run: str) -> None:
    """Migrate the template unless a worker of this test run did."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [TEMPLATE])
        if cursor.fetchone() != (run,):
            _migrate_template()
            cursor.execute(f"COMMENT ON DATABASE {TEMPLATE} IS %s", [run])


def _migrate_template() -> None:
    own, of_test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = TEMPLATE
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"] = own, of_test


@contextmanager
def _locked() -> Iterator[None]:
    with (settings.LOCAL_DIR / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The address of this worker's test database, for another connection."""
    connection.ensure_connection()
    parameters = connection.connection.info.get_parameters() | {"password": connection.settings_dict["PASSWORD"]}
    database = quote(parameters.pop("dbname"))
    return f"postgresql:///{database}?" + urlencode({name: value for name, value in parameters.items() if value})


@pytest.fixture
def child_environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """What a real process of the product needs in its environment to work on this worker's test database.

    Its mails become files in `mail` below the test's own folder.
    """
    return os.environ | {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "preo.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "EMAIL_URL": f"filemail:///{tmp_path}/mail",
        "DEFAULT_FROM_EMAIL": settings.DEFAULT_FROM_EMAIL,
        "BEHIND_TLS": "false",
    }


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the server that this session started."""
    if local_dir.is_claimed_here():
        embedded_postgres.stop(settings.LOCAL_DIR)
        local_dir.release()
