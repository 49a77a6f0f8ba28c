"""What the database knows of a process of ours by its connections alone, before any operation tells more."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from preo.recording import SETTING, surrounded_by


@contextmanager
def recorded_as_command(name: str) -> Iterator[None]:
    """For the length of a command of `manage.py`: what it writes, within operations and outside, carries its name."""
    name_sessions(f"preo {name}", command=name)
    with surrounded_by(command=name):
        yield


def name_sessions(name: str, *, command: str = "") -> None:
    """Let connections opened from here on carry this name, and all that they write outside an operation the command.

    It is part of connecting and costs no statement. For the one thread that starts a process.
    """
    options = connection.settings_dict.setdefault("OPTIONS", {})
    options.setdefault("application_name", name)
    if command:
        acting = json.dumps({"command": command}, separators=(",", ":"))
        options["options"] = f"{options.get('options', '')} -c {SETTING}={_escaped(acting)}".strip()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
