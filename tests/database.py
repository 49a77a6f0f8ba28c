"""The database of the tests: an embedded PostgreSQL for each session, unless DATABASE_URL names one."""

import os
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection

from preo import embedded_postgres
from tests import local_dir


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the server just before the first test that needs a database."""
    if settings.IS_EMBEDDED:
        embedded_postgres.ensure_running(settings.LOCAL_DIR, fsync=False)


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
