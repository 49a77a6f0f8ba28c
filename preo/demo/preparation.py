"""What must be there before the demo is served; a second run finds it there and is quick."""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from preo.accounts.models import Organization, ServiceToken
from preo.accounts.operations import digest_of
from preo.api.scopes import Scope

SEED = 1
APPLICATION_ROLE = "preo_app"
"""What the web server and the worker connect to the embedded database as."""


def prepare_database() -> None:
    """Create or migrate the tables, the cache's among them; in a database of ours also the application's role."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if settings.IS_EMBEDDED:
        call_command("grant_application_role", APPLICATION_ROLE, create=True, stdout=StringIO())


def collect_static_files() -> None:
    """Collect and compress the files that the browser gets, when one of them changed."""
    stamp = settings.LOCAL_DIR / "static.stamp"
    found = sha256("\n".join(_static_files()).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == found:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(found)


def demo_data(*, orders: int) -> dict[str, Any]:
    """The sign-ins, landmarks, organizations and service token of the demo; `orders` counts on the first run only."""
    path = settings.LOCAL_DIR / "demo.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    if not kept or not Organization.objects.filter(slug__in=kept["organizations"]).exists():
        kept = _seed(orders)
    if not _is_valid(kept.get("service_token", "")):
        kept["service_token"] = _issue_service_token(kept["organizations"][0])
    _write_private(path, json.dumps(kept, indent=2))
    return kept


def _static_files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            yield f"{name} {found.st_size} {found.st_mtime_ns}"


def _seed(orders: int) -> dict[str, Any]:
    if not settings.IS_EMBEDDED and Organization.objects.exists():
        raise CommandError("The database of DATABASE_URL holds organizations already; the demo needs an empty one.")
    printed = StringIO()
    call_command("seed_demo", "--orders", str(orders), "--seed", str(SEED), "--json", stdout=printed)
    seeded: dict[str, Any] = json.loads(printed.getvalue())
    return seeded


def _is_valid(token: str) -> bool:
    usable = ServiceToken.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
    return usable.filter(digest=digest_of(token)).exists()


def _issue_service_token(organization: str) -> str:
    printed = StringIO()
    options = ["--organization", organization, "--role", "admin", "--scopes", ",".join(Scope.values)]
    call_command("issue_service_token", *options, stdout=printed)
    return printed.getvalue().strip()


def _write_private(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
