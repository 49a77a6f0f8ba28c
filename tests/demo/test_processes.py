"""Child processes that start, are watched and end together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preo.demo.processes import ChildEnded, running, watch

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import sys, time
from pathlib import Path
from preo.demo.processes import running
with running({"sleeper": ["sleep", "60"]}, logs=Path(sys.argv[1])) as [child]:
    print(child.process.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def restored_interruptions() -> Iterator[None]:
    """`running` ends by ignoring Ctrl-C, which the demo never needs again but the tests do."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def becomes(true: Callable[[], bool], *, within: float = 10) -> bool:
    until = time.monotonic() + within
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def test_running_stops_every_child(tmp_path):
    with running({"one": ["sleep", "60"], "two": ["sleep", "60"]}, logs=tmp_path) as children:
        assert [child.process.poll() for child in children] == [None, None]

    assert [child.process.returncode for child in children] == [-signal.SIGTERM] * 2


def test_running_stops_what_a_child_left_behind(tmp_path):
    shell = ["sh", "-c", "sleep 60 & echo $!; wait"]
    with running({"shell": shell}, logs=tmp_path):
        assert becomes(lambda: (tmp_path / "shell.log").read_text().endswith("\n"))
        grandchild = int((tmp_path / "shell.log").read_text())

    assert becomes(lambda: not is_alive(grandchild))


def test_watch_names_the_child_that_ended_and_its_log(tmp_path):
    with (
        running({"web server": ["sh", "-c", "exit 3"], "worker": ["sleep", "60"]}, logs=tmp_path) as children,
        pytest.raises(ChildEnded, match=r"^The web server ended by itself with code 3; .*/web-server\.log\.$"),
    ):
        watch(children)

    assert children[1].process.returncode == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_running_leaves_nothing_when_the_parent_is_killed(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert is_alive(child)

        os.kill(parent.pid, signal.SIGKILL)

    assert becomes(lambda: not is_alive(child))
