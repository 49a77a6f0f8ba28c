"""The one command of a newcomer, as a real process on an embedded database of its own."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import sample

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESERVED_PORTS = range(20_000, 30_000)
SECONDS_TO_STOP = 60


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A newcomer's environment: nothing but a folder for the data."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    ours = inherited | {"PREO_LOCAL_DIR": str(tmp_path / "local"), "DJANGO_SETTINGS_MODULE": "preo.settings"}
    yield ours
    manage("stop_database", environment=ours)


@pytest.fixture
def port() -> int:
    """A free one, of those that systems give to nobody who asks for any: the demo takes seconds to come to it."""
    for port in sample(RESERVED_PORTS, len(RESERVED_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("every port is taken")


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def manage(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), env=environment, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def demo(port: int, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo that serves, and what it said until then."""
    arguments = command("demo", "--port", str(port), "--orders", "100")
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        try:
            yield process, said
        finally:
            process.terminate()
            process.wait(timeout=SECONDS_TO_STOP)


def get_orders(port: int, said: str) -> tuple[int, dict[str, object]]:
    """What the printed curl line answers."""
    token, path = re.findall(r'Bearer (\S+)" "http://[^/]+(\S+)"', said)[0]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_demo_serves_and_starts_again_with_the_same_data(port: int, environment: dict[str, str]) -> None:
    with demo(port, environment) as (process, first):
        status, orders = get_orders(port, first)
        process.send_signal(signal.SIGINT)
        assert (process.wait(timeout=SECONDS_TO_STOP), process.stdout.read().strip()) == (0, "Stopped.")
    with demo(port, environment) as (_, second):
        pass

    assert (status, orders["count"] > 0) == (200, True)
    assert [role in first for role in ("admin", "manager", "staff", "guest")] == [True] * 4
    assert second == first
