"""The application's own role in the database of the tests, and this process in that role."""

import os
from collections.abc import Iterator
from io import StringIO
from urllib.parse import urlencode

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg.sql import SQL, Identifier
from pytest_django import DjangoDbBlocker

from preo.audit.management.commands.grant_application_role import PASSWORD

SECRET = "of-the-tests-alone"


@pytest.fixture(scope="session")
def application_role(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Its name: roles are the whole server's, and other workers make theirs beside it."""
    role = f"{connection.settings_dict['NAME']}_app"
    with django_db_blocker.unblock():
        drop(role)
        os.environ[PASSWORD] = SECRET
        call_command("grant_application_role", role, create=True, stdout=StringIO())
        del os.environ[PASSWORD]
    yield role
    with django_db_blocker.unblock():
        drop(role)
        connection.close()


def drop(role: str) -> None:
    """What it has been granted in this database goes too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone():
            cursor.execute(SQL("DROP OWNED BY {role}; DROP ROLE {role}").format(role=Identifier(role)))


@pytest.fixture
def application_url(application_role: str, database_url: str) -> str:
    """The address of this worker's test database, for the role."""
    return _in_role(database_url, application_role)


@pytest.fixture
def application(application_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the role, on which every statement is a transaction."""
    with psycopg.connect(application_url, autocommit=True) as connected:
        yield connected


@pytest.fixture
def in_application_role(application_role: str, application_url: str) -> Iterator[None]:
    """This process connects as the role. Needs a test that commits, and comes after the rows that it starts from."""
    kept = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=application_role, PASSWORD=SECRET)
    yield
    connection.close()
    connection.settings_dict.update(kept)


def _in_role(url: str, role: str) -> str:
    address, _, query = url.partition("?")
    parameters = [part for part in query.split("&") if part.split("=")[0] not in ("user", "password")]
    return f"{address}?" + "&".join([*parameters, urlencode({"user": role, "password": SECRET})])
