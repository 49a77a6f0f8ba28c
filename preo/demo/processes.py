"""The demo's child processes: started together, watched, and stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS_TO_STOP = 15
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class ChildEnded(Exception):
    """A process that should run as long as the demo ended by itself."""

    def __init__(self, child: "Child") -> None:
        super().__init__(
            f"The {child.name} ended by itself with code {child.process.returncode}; why is at the end of {child.log}."
        )


@dataclass(frozen=True)
class Child:
    """A running process and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raises ChildEnded."""
        if self.process.poll() is not None:
            raise ChildEnded(self)


@contextmanager
def running(commands: Mapping[str, Sequence[str]], *, logs: Path) -> Iterator[list[Child]]:
    """Run the commands, by name, and stop them at the end."""
    children: list[Child] = []
    try:
        for name, command in commands.items():
            children.append(_start(name, command, log=logs / f"{name.replace(' ', '-')}.log"))
        yield children
    finally:
        ignore_interruptions()
        _stop(children)


def watch(children: list[Child], *, until: Callable[[], bool] = lambda: False) -> None:
    """Wait until something is so, or for ever. Raises ChildEnded."""
    while not until():
        for child in children:
            child.check()
        time.sleep(0.1)


def heed_interruptions() -> None:
    """Let a stop asked for by a service manager or a closed terminal be the same as Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def ignore_interruptions() -> None:
    """From here on things are being stopped already."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _start(name: str, command: Sequence[str], *, log: Path) -> Child:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches a whole session; the children are stopped by us, in order.
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  no thread runs yet
        )
    return Child(name, process, log)


def _end_with_parent() -> None:
    """A demo killed with SIGKILL must not leave its children behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(children: list[Child]) -> None:
    for child in children:
        child.process.terminate()
    until = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0, until - time.monotonic()))
        # What a child started and did not stop is in its session.
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
