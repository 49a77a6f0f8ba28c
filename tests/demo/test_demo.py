"""The one command of a newcomer, as a real process on an embedded database of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from preo import embedded_postgres
from preo.encryption import key_from

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A newcomer's environment: nothing but a folder for the data."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    ours = inherited | {"PREO_LOCAL_DIR": str(tmp_path / "local"), "DJANGO_SETTINGS_MODULE": "preo.settings"}
    yield ours
    embedded_postgres.stop(tmp_path / "local")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def manage(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_demo_refuses_a_busy_port_before_anything_starts(environment, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        refused = manage("demo", "--port", str(port), environment=environment)

    assert refused.returncode == 1
    assert f"CommandError: Port {port} is used by another program; choose another one with" in refused.stderr
    assert not list(tmp_path.glob("local/postgres-*"))


def test_demo_names_a_missing_postgresql(environment, port, tmp_path):
    refused = manage("demo", "--port", str(port), environment=environment | {"PREO_POSTGRES": str(tmp_path)})

    assert refused.returncode == 1
    assert refused.stderr.strip() == f"No PostgreSQL 15 or newer was found for PREO_POSTGRES={tmp_path}."


def test_demo_names_a_database_that_does_not_answer(environment, port):
    elsewhere = {"DATABASE_URL": "postgresql://preo@127.0.0.1:1/preo", "SECRET_KEY": "x"}
    elsewhere |= {"ENCRYPTION_KEYS": key_from("x"), "EMAIL_URL": "dummymail://", "DEFAULT_FROM_EMAIL": "preo@localhost"}

    refused = manage("demo", "--port", str(port), environment=environment | elsewhere)

    assert refused.returncode == 1
    assert "CommandError: The database does not do its part: connection failed" in refused.stderr
    assert "Traceback" not in refused.stderr
