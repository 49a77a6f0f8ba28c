"""The PostgreSQL that a clone starts for itself when no DATABASE_URL names another one."""

import fcntl
import os
import re
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from preo import postgres_programs
from preo.postgres_programs import EmbeddedPostgresError, Owner, Programs

__all__ = ["Cluster", "EmbeddedPostgresError", "cluster_in", "ensure_running", "local_secret", "stop", "url"]

DATABASE = USER = "preo"
SOCKET_NAME = ".s.PGSQL.5432"
# sun_path holds 104 bytes on macOS and 108 on Linux.
LONGEST_SOCKET_DIR = 103 - len(f"/{SOCKET_NAME}")
SECONDS_TO_START = 60
# A killed server's children hold its shared memory until they notice.
SECONDS_FOR_ORPHANS = 10

SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
# Containers give /dev/shm 64 MB, which a parallel index build outgrows.
dynamic_shared_memory_type = mmap
timezone = 'UTC'
log_timezone = 'UTC'
"""
SETTINGS_WITHOUT_FSYNC = """\
fsync = off
synchronous_commit = off
full_page_writes = off
"""


@dataclass(frozen=True)
class Cluster:
    """Where the files of one major version's cluster are."""

    programs: Programs
    data_dir: Path
    socket_dir: Path

    @property
    def pid_file(self) -> Path:
        return self.data_dir / "postmaster.pid"

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"


def url(local_dir: Path, *, database: str = DATABASE, role: str = USER) -> str:
    """The address of the database, as libpq and Django read it; starts nothing. USER owns it."""
    socket_dir = quote(str(cluster_in(local_dir).socket_dir), safe="")
    return f"postgresql://{quote(role)}@/{quote(database)}?host={socket_dir}"


def ensure_running(local_dir: Path, *, fsync: bool = True) -> None:
    """Start the cluster, made on first use, unless it runs already; safe to call from many processes at once.

    Raises EmbeddedPostgresError.
    """
    cluster = cluster_in(local_dir)
    if _is_listening(cluster) and _has_database(cluster):
        return
    with _locked(local_dir):
        # This folder is what keeps other users out, as every local connection is trusted.
        _make_own_dir(cluster.socket_dir)
        _create_data_dir(cluster, fsync=fsync)
        if not _is_listening(cluster):
            _start(cluster, fsync=fsync)
        _create_database(cluster)


def stop(local_dir: Path) -> None:
    """Stop the cluster if it runs, dropping its connections."""
    cluster = cluster_in(local_dir)
    if not cluster.pid_file.exists():
        return
    with _locked(local_dir):
        if _postmaster_is_alive(cluster):
            stopped = _run(cluster, "pg_ctl", "stop", "-m", "fast", "-w")
            _check(stopped, "PostgreSQL did not stop")


def local_secret(local_dir: Path) -> str:
    """This clone's own secret key, made on first use; two first uses at once agree on one."""
    path = local_dir / "secret_key"
    if not path.exists():
        _make_local_dir(local_dir)
        with tempfile.NamedTemporaryFile("w", dir=local_dir) as draft:
            draft.write(secrets.token_urlsafe(50))
            draft.flush()
            _link_unless_there(Path(draft.name), path)
    return path.read_text()


def cluster_in(local_dir: Path) -> Cluster:
    """The files of the cluster in `local_dir`; a data directory belongs to the major version that made it."""
    programs = postgres_programs.find_programs(os.environ.get("PREO_POSTGRES", ""))
    local_dir = local_dir.resolve()
    return Cluster(
        programs=programs,
        data_dir=local_dir / f"postgres-{programs.major}",
        socket_dir=_socket_dir(local_dir / f"socket-{programs.major}"),
    )


def _socket_dir(wanted: Path) -> Path:
    """`wanted`, or a short stand-in for a path that a socket address or PostgreSQL's list of folders cannot hold."""
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_DIR and re.fullmatch(r"[\w/.-]+", str(wanted), re.ASCII):
        return wanted
    # Not TMPDIR: two terminals that differ in it must agree.
    return Path("/tmp") / f"preo-{sha256(os.fsencode(wanted)).hexdigest()[:20]}"  # noqa: S108  # checked to be ours


def _make_local_dir(local_dir: Path) -> None:
    try:
        local_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedPostgresError(f"The folder {local_dir} cannot be made: {error.strerror}.") from None


def _link_unless_there(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileExistsError:
        return


@contextmanager
def _locked(local_dir: Path) -> Iterator[None]:
    _make_local_dir(local_dir)
    try:
        file = (local_dir / "postgres.lock").open("w")
    except OSError as error:
        raise EmbeddedPostgresError(f"The folder {local_dir} cannot be written: {error.strerror}.") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_own_dir(path: Path) -> None:
    owner = postgres_programs.owner()
    try:
        path.mkdir(mode=0o700)
        os.chown(path, owner.uid, owner.gid)
    except FileExistsError:
        _check_own_dir(path, owner)
    except OSError as error:
        raise EmbeddedPostgresError(f"The folder {path} cannot be made: {error.strerror}.") from None


def _check_own_dir(path: Path, owner: Owner) -> None:
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise EmbeddedPostgresError(
            f"{path} must be a folder of the user {owner.name} alone: "
            "use the user that first started the database, or remove it."
        )


def _create_data_dir(cluster: Cluster, *, fsync: bool) -> None:
    if cluster.data_dir.exists():
        _check_own_dir(cluster.data_dir, postgres_programs.owner())
        return
    # A killed initdb leaves its half under the other name.
    draft = cluster.data_dir.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    _make_own_dir(draft)
    _initdb(replace(cluster, data_dir=draft), fsync=fsync)
    draft.rename(cluster.data_dir)


def _initdb(cluster: Cluster, *, fsync: bool) -> None:
    # Order by bytes, yet letters beyond ASCII stay letters for lower() and trigrams.
    # macOS before 15 does not know C.UTF-8.
    for letters in ("C.UTF-8", "en_US.UTF-8"):
        options = ["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", f"--lc-ctype={letters}"]
        made = _run(cluster, "initdb", *options, *([] if fsync else ["--no-sync"]))
        if made.returncode == 0 or "locale" not in made.stderr:
            break
    _check(made, "PostgreSQL could not create its data directory")


def _start(cluster: Cluster, *, fsync: bool) -> None:
    _write_settings(cluster, fsync=fsync)
    until = time.monotonic() + SECONDS_FOR_ORPHANS
    while (started := _pg_ctl_start(cluster)).returncode:
        said = _log_of(cluster)
        if not _is_dying(said) or time.monotonic() > until:
            raise EmbeddedPostgresError(f"PostgreSQL did not start: {_reason(said or started.stderr)}")
        time.sleep(0.1)


def _is_dying(said: str) -> bool:
    """Whether the new server stumbled over what is left of a killed one."""
    return "shared memory block" in said or "lock file" in said


def _write_settings(cluster: Cluster, *, fsync: bool) -> None:
    path = cluster.data_dir / "postgresql.conf"
    settings = SETTINGS.format(socket_dir=cluster.socket_dir)
    path.write_text(settings if fsync else settings + SETTINGS_WITHOUT_FSYNC)


def _pg_ctl_start(cluster: Cluster) -> subprocess.CompletedProcess[str]:
    _forget_dead_server(cluster)
    cluster.log.unlink(missing_ok=True)
    return _run(cluster, "pg_ctl", "start", "-l", str(cluster.log), "-w", "-t", str(SECONDS_TO_START))


def _log_of(cluster: Cluster) -> str:
    return cluster.log.read_text(errors="replace") if cluster.log.exists() else ""


def _forget_dead_server(cluster: Cluster) -> None:
    """Remove lock files whose number is by now another process's or a zombie's; PostgreSQL would believe them.

    A server that does still run on these files holds a shared memory block, which PostgreSQL looks for by itself.
    """
    if not _postmaster_is_alive(cluster):
        cluster.pid_file.unlink(missing_ok=True)
        (cluster.socket_dir / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)


def _postmaster_is_alive(cluster: Cluster) -> bool:
    try:
        pid = int(cluster.pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return False
    return f"-D\0{cluster.data_dir}\0" in _command_line(pid)


def _command_line(pid: int) -> str:
    """The arguments of a process, each ended by NUL; empty when there is none."""
    if Path("/proc/self").exists():
        path = Path(f"/proc/{pid}/cmdline")
        return path.read_text(errors="surrogateescape") if path.exists() else ""
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip().replace(" -D ", "\0-D\0") + "\0"


def _is_listening(cluster: Cluster) -> bool:
    if not cluster.pid_file.exists():
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(cluster.socket_dir / SOCKET_NAME))
        except OSError:
            return False
    return True


def _has_database(cluster: Cluster) -> bool:
    """Whether the database answers; false also while it is being made."""
    try:
        _connect(cluster, DATABASE).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(cluster: Cluster) -> None:
    try:
        with _connect(cluster, "postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.OperationalError as error:
        raise EmbeddedPostgresError(f"PostgreSQL runs but does not answer: {_reason(str(error))}") from None


def _connect(cluster: Cluster, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(cluster.socket_dir), port=5432, user=USER, dbname=database, autocommit=True, connect_timeout=10
    )


def _run(cluster: Cluster, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return postgres_programs.run(cluster.programs, name, *arguments, data_dir=cluster.data_dir)


def _check(done: subprocess.CompletedProcess[str], failure: str) -> None:
    if done.returncode:
        raise EmbeddedPostgresError(f"{failure}: {_reason(done.stderr or done.stdout)}")


def _reason(said: str) -> str:
    """The first line with an error in what a program said, or else its first."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if re.search(r"\b(FATAL|PANIC|error)\b", line)]
    line = [*told, *lines, "it gave no reason"][0]
    return re.sub(r"^.*?(FATAL|PANIC|error): +", "", line).rstrip(".") + "."
