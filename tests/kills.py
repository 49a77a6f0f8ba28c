"""Processes that die: forks of the test that are killed at a chosen moment.

Every kill is a line of the file that PREO_KILLS_FILE names, so that a run can say how many there were. PREO_KILL_EVERY
makes tests that try some of the statements try all of them.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

MANAGE = Path(__file__).resolve().parents[1] / "manage.py"
STEP = 1 if os.environ.get("PREO_KILL_EVERY") else 5
SECONDS = 60

Work = Callable[[], Any]


def die_before(statement: int, work: Work) -> int | None:
    """Fork, run `work` there, and SIGKILL it before its n-th statement; the exit code where it came through alive."""
    sent = iter(range(1, 10_000))

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        if next(sent) == statement:
            die()
        return execute(*arguments)

    def counted() -> int:
        with connection.execute_wrapper(count):
            work()
        return min(next(sent) - 1, 255)

    return _unless_killed(ended(forked(counted)))


def die_before_sending(call: int, work: Work) -> int | None:
    """Like `die_before`, before the n-th time that the process gives HTTP something to send: headers, then a body."""
    sent = iter(range(1, 10_000))

    def count(event: str, arguments: object) -> None:
        if event == "http.client.send" and next(sent) == call:
            die()

    def counted() -> int:
        sys.addaudithook(count)
        work()
        return 0

    return _unless_killed(ended(forked(counted)))


def die_before_recording(work: Work) -> int | None:
    """Like `die_before`, before the first statement after a call over HTTP: its answer is known and nowhere kept."""
    calls: list[str] = []

    def note(event: str, arguments: object) -> None:
        if event == "http.client.send":
            calls.append(event)

    def kill(execute: Callable[..., Any], *arguments: Any) -> Any:
        if calls:
            die()
        return execute(*arguments)

    def watched() -> int:
        sys.addaudithook(note)
        with connection.execute_wrapper(kill):
            work()
        return 0

    return _unless_killed(ended(forked(watched)))


def die_when(is_time: Callable[[], Any], work: Work) -> int | None:
    """Like `die_before`, from outside and as soon as `is_time`."""
    child = forked(lambda: _done(work))
    wait_until(is_time)
    os.kill(child, signal.SIGKILL)
    return _unless_killed(ended(child))


def wait_until(is_time: Callable[[], Any]) -> None:
    """Look every few milliseconds, for SECONDS at most."""
    until = time.monotonic() + SECONDS
    while not is_time():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.003)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def apart(work: Work) -> None:
    """Do it in a process of its own that lives, so that this one keeps no connection that a fork would share."""
    assert ended(forked(lambda: _done(work))) == 0


def forked(work: Callable[[], int | None]) -> int:
    """The pid of a process that is warm already, does `work` and ends with the exit code it gives."""
    connection.close()
    child = os.fork()
    if child:
        return child
    # One that hangs must not hang the suite.
    signal.alarm(SECONDS)
    code = 255
    try:
        code = work() or 0
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for the end of a process: its exit code, or the negative signal that killed it."""
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code != -signal.SIGALRM, f"a process was still at work after {SECONDS} seconds"
    if code == -signal.SIGKILL:
        note_kill()
    return code


def note_kill() -> None:
    """Count a kill, under the name of the test that did it."""
    if file := os.environ.get("PREO_KILLS_FILE"):
        with Path(file).open("a") as lines:
            lines.write(os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0] + "\n")


def _done(work: Work) -> int:
    work()
    return 0


def _unless_killed(code: int) -> int | None:
    return code if code >= 0 else None
