"""Serve the product with believable data on this machine."""

import errno
import fcntl
import http.client
import os
import socket
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

from preo import embedded_postgres
from preo.api.roles import Role
from preo.demo import preparation
from preo.demo.processes import ChildEnded, heed_interruptions, ignore_interruptions, running, watch

HOST = "127.0.0.1"
SECONDS_TO_ANSWER = 60

WELCOME = """
The back office runs at {address}/admin/ and its API at {address}/v1 (documentation: {address}/v1/docs).

Sign in as
{sign_ins}

Service token of {organization}:
  {token}

Try
  curl -H "Authorization: Bearer {token}" "{address}/v1/orders?organization_id={organization_id}&page_size=2"

A purchase with a deposit to refund: {purchase}

Ctrl-C stops everything; the data stays in {folder}.
"""


class Command(BaseCommand):
    help = "Prepare the database and the demo data, then run the web server and the worker until Ctrl-C."
    # The web server and the worker check by themselves.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="where the web server listens")
        parser.add_argument("--orders", type=int, default=3000, help="how many orders an empty database gets")

    def handle(self, *args: Any, port: int, orders: int, **options: Any) -> None:
        heed_interruptions()
        try:
            check_port(port)
            with only_demo(), database():
                self.serve(port=port, data=self.prepared(orders))
        except ChildEnded as end:
            raise CommandError(str(end)) from None
        except OperationalError as error:
            raise CommandError(f"The database does not do its part: {str(error).splitlines()[0]}") from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def prepared(self, orders: int) -> dict[str, Any]:
        self.stdout.write("Preparing; the first start takes a minute …")
        self.stdout.flush()
        preparation.prepare_database()
        preparation.collect_static_files()
        data = preparation.demo_data(orders=orders)
        connections.close_all()
        return data

    def serve(self, *, port: int, data: dict[str, Any]) -> None:
        # Children of a demo are spoken to without TLS, whatever the database.
        os.environ["BEHIND_TLS"] = "false"
        os.environ.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
        os.environ["PREO_DATABASE_ROLE"] = preparation.APPLICATION_ROLE
        with running(commands(port), logs=settings.LOCAL_DIR) as children:
            patience = time.monotonic() + SECONDS_TO_ANSWER
            watch(children, until=lambda: answers(port) or time.monotonic() > patience)
            if not answers(port):
                raise CommandError(f"The web server does not answer; see {children[0].log}.")
            self.stdout.write(welcome(port, data))
            self.stdout.flush()
            watch(children)


def port_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text!r} is not a port between 1 and 65535")
    return int(text)


def check_port(port: int) -> None:
    """Refuse before anything starts what the web server would stumble over later."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            why = "is used by another program" if busy else f"cannot be used ({error.strerror})"
            raise CommandError(f"Port {port} {why}; choose another one with `make demo PORT=…`.") from None


@contextmanager
def only_demo() -> Iterator[None]:
    """Two demos would stop the one database under each other."""
    settings.LOCAL_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.LOCAL_DIR / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"A demo with the data in {settings.LOCAL_DIR} runs already.") from None
        yield


@contextmanager
def database() -> Iterator[None]:
    """The embedded database while the demo runs; one that DATABASE_URL names is neither started nor stopped."""
    if not settings.IS_EMBEDDED:
        yield
        return
    try:
        embedded_postgres.ensure_running(settings.LOCAL_DIR)
        yield
    finally:
        ignore_interruptions()
        embedded_postgres.stop(settings.LOCAL_DIR)


def commands(port: int) -> dict[str, list[str]]:
    """The child processes by name."""
    manage = str(settings.BASE_DIR / "manage.py")
    web = ["preo.wsgi:application", "--chdir", str(settings.BASE_DIR), "--bind", f"{HOST}:{port}"]
    size = [
        "--workers",
        "2",
        "--threads",
        "4",
        "--graceful-timeout",
        "5",
        "--no-control-socket",
        "--limit-request-line",
        "0",
    ]
    worker = ["procrastinate", "worker", "--name", "demo", "--concurrency", "4", "--shutdown-graceful-timeout", "10"]
    return {
        # Without a limit of gunicorn's own a parameter that is too long is refused by us, by name.
        "web server": [sys.executable, "-m", "gunicorn", *web, *size, "--limit-request-line", "0"],
        "worker": [sys.executable, manage, *worker],
    }


def answers(port: int) -> bool:
    """Whether the web server has loaded the product."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def welcome(port: int, data: dict[str, Any]) -> str:
    return WELCOME.format(
        address=f"http://{HOST}:{port}",
        sign_ins="\n".join(f"  {one['role']:8} {one['email']}  {one['password']}" for one in one_of_each_role(data)),
        organization=data["organizations"][0],
        organization_id=data["landmarks"]["organization"],
        token=data["service_token"],
        purchase=data["landmarks"]["purchase_with_deposit"],
        folder=settings.LOCAL_DIR,
    )


def one_of_each_role(data: dict[str, Any]) -> list[dict[str, str]]:
    """Sign-ins from the highest role down, from the first organization where it has one."""
    first = data["organizations"][0]
    sign_ins = sorted(data["sign_ins"], key=lambda one: one["organization"] != first)
    by_role = {one["role"]: one for one in reversed(sign_ins)}
    return [by_role[role] for role in Role.values if role in by_role]
