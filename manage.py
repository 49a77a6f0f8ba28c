#!/usr/bin/env python
"""The door for operators: every `manage.py` command."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# `demo` looks at the port first and then starts the database by itself; the others ask nothing of one.
START_NO_DATABASE = {
    "",
    "check",
    "collectstatic",
    "demo",
    "diffsettings",
    "help",
    "makemessages",
    "makemigrations",
    "spectacular",
    "stop_database",
}
# What is imported stays: looking through it for garbage again and again would take a fifth of a command's start.
ALLOCATIONS_TO_COLLECT_AFTER = 50_000


def main() -> None:
    """Run one command, on the embedded database unless DATABASE_URL names another one."""
    gc.set_threshold(ALLOCATIONS_TO_COLLECT_AFTER)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preo.settings")
    from django.core.management import execute_from_command_line

    from preo.embedded_postgres import EmbeddedPostgresError

    try:
        if needs_database(sys.argv[1:]):
            start_database()
        with recorded(sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except EmbeddedPostgresError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def needs_database(arguments: list[str]) -> bool:
    command = arguments[0] if arguments else ""
    return command not in START_NO_DATABASE and not {"-h", "--help", "--version"} & set(arguments)


@contextmanager
def recorded(arguments: list[str]) -> Iterator[None]:
    """Let whatever the command writes carry its name, also where it is Django's own."""
    if not needs_database(arguments) and arguments[:1] != ["demo"]:
        yield
        return
    from django.conf import settings

    # Reading any of them prepares Django for our modules.
    settings.INSTALLED_APPS  # noqa: B018
    from preo.sessions import recorded_as_command

    with recorded_as_command(arguments[0]):
        yield


def start_database() -> None:
    from django.conf import settings

    from preo import embedded_postgres

    if settings.IS_EMBEDDED:
        embedded_postgres.ensure_running(settings.LOCAL_DIR)


if __name__ == "__main__":
    main()
