"""The embedded PostgreSQL, as real processes."""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import psycopg
import pytest

from preo import embedded_postgres, postgres_programs
from preo.embedded_postgres import EmbeddedPostgresError

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = "from pathlib import Path; from preo.embedded_postgres import ensure_running, local_secret;"
ENSURE = IMPORTS + "ensure_running(Path({!r}), fsync=False)"
SECRET = IMPORTS + "print(local_secret(Path({!r})))"


@pytest.fixture(params=["system", "embedded"])
def local_dir(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a cluster; pytest's own folders are closed to other users, as a clone below root's home is."""
    try:
        postgres_programs.find_programs(request.param)
    except EmbeddedPostgresError:
        pytest.skip(f"no {request.param} PostgreSQL on this machine")
    monkeypatch.setenv("PREO_POSTGRES", request.param)
    yield tmp_path / "local"
    embedded_postgres.stop(tmp_path / "local")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with a cluster that was made and stopped, by the programs that made it."""
    return defaultdict(lambda: tmp_path_factory.mktemp("made"))


@pytest.fixture
def running(local_dir: Path, made: dict[str, Path]) -> Path:
    """A cluster that runs; copying one takes less time than making it."""
    folder = made[os.environ["PREO_POSTGRES"]]
    if not any(folder.iterdir()):
        embedded_postgres.ensure_running(folder, fsync=False)
        embedded_postgres.stop(folder)
    subprocess.run(["cp", "--recursive", "--preserve", f"{folder}/.", local_dir], check=True)
    embedded_postgres.ensure_running(local_dir, fsync=False)
    return local_dir


def postmaster(local_dir: Path) -> int:
    return int(embedded_postgres.cluster_in(local_dir).pid_file.read_text().splitlines()[0])


def ask(local_dir: Path, question: str) -> object:
    with psycopg.connect(embedded_postgres.url(local_dir)) as connection:
        (answer,) = connection.execute(question.encode()).fetchone() or (None,)
    return answer


def in_parallel(code: str, *, times: int) -> list[str]:
    """Run `code` in so many processes at once and give what each prints."""
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(times)]
    printed = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * times
    return printed


def test_ensure_running_is_reachable_by_socket_alone(running):
    assert ask(running, "SELECT current_user || current_database()") == "preopreo"
    assert ask(running, "SHOW listen_addresses") == ""
    assert ask(running, "SHOW timezone") == "UTC"


def test_ensure_running_knows_letters_beyond_ascii(running):
    assert ask(running, "SELECT lower('SØREN')") == "søren"


def test_ensure_running_keeps_the_running_server(running):
    before = postmaster(running)

    embedded_postgres.ensure_running(running)

    assert postmaster(running) == before


def test_ensure_running_takes_two_at_once(local_dir):
    in_parallel(ENSURE.format(str(local_dir)), times=3)

    assert ask(local_dir, "SELECT 1") == 1


def test_ensure_running_recovers_after_sigkill(running):
    ask(running, "SELECT 1 FROM pg_create_physical_replication_slot('kept', true)")
    os.kill(postmaster(running), signal.SIGKILL)

    embedded_postgres.ensure_running(running, fsync=False)

    assert ask(running, "SELECT slot_name FROM pg_replication_slots") == "kept"


def test_ensure_running_ignores_a_pid_that_another_process_has_now(running):
    cluster = embedded_postgres.cluster_in(running)
    old = cluster.pid_file.read_text().splitlines()
    embedded_postgres.stop(running)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        cluster.pid_file.write_text("\n".join([str(stranger.pid), *old[1:]]))

        embedded_postgres.ensure_running(running, fsync=False)

        assert stranger.poll() is None
        stranger.kill()
    assert ask(running, "SELECT 1") == 1


def test_ensure_running_replaces_a_half_made_data_directory(local_dir):
    draft = embedded_postgres.cluster_in(local_dir).data_dir.with_suffix(".new")
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("half")

    embedded_postgres.ensure_running(local_dir, fsync=False)

    assert ask(local_dir, "SELECT 1") == 1


def test_ensure_running_works_in_a_folder_too_deep_for_a_socket(local_dir):
    deep = local_dir / ("deep, 'ø " * 13)
    try:
        embedded_postgres.ensure_running(deep, fsync=False)

        assert ask(deep, "SELECT 1") == 1
    finally:
        embedded_postgres.stop(deep)
        rmtree(embedded_postgres.cluster_in(deep).socket_dir)


def test_ensure_running_says_why_it_cannot(local_dir):
    data_dir = embedded_postgres.cluster_in(local_dir).data_dir
    local_dir.mkdir()
    data_dir.mkdir(mode=0o700)
    owner = postgres_programs.owner()
    os.chown(data_dir, owner.uid, owner.gid)

    with pytest.raises(EmbeddedPostgresError, match=r"^PostgreSQL did not start: .+\.$"):
        embedded_postgres.ensure_running(local_dir)


def test_ensure_running_refuses_a_socket_folder_open_to_others(local_dir):
    socket_dir = embedded_postgres.cluster_in(local_dir).socket_dir
    socket_dir.mkdir(parents=True)
    socket_dir.chmod(0o777)

    with pytest.raises(EmbeddedPostgresError, match="must be a folder of the user"):
        embedded_postgres.ensure_running(local_dir)


def test_stop_ends_the_server_and_may_be_repeated(running):
    embedded_postgres.stop(running)
    embedded_postgres.stop(running)

    with pytest.raises(psycopg.OperationalError):
        ask(running, "SELECT 1")


def test_ensure_running_finds_its_programs_behind_a_closed_folder(local_dir, tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "bin").symlink_to(embedded_postgres.cluster_in(local_dir).programs.folder)
    monkeypatch.setenv("PREO_POSTGRES", str(closed / "bin"))

    embedded_postgres.ensure_running(local_dir, fsync=False)

    assert ask(local_dir, "SELECT 1") == 1


def test_url_starts_nothing(local_dir):
    embedded_postgres.url(local_dir)

    assert not local_dir.exists()


def test_find_programs_refuses_a_folder_without_postgresql(tmp_path):
    with pytest.raises(EmbeddedPostgresError, match=f"^No PostgreSQL 15 or newer was found for .*{tmp_path}"):
        postgres_programs.find_programs(str(tmp_path))


def test_local_secret_is_one_for_all_and_private(tmp_path):
    printed = in_parallel(SECRET.format(str(tmp_path)), times=4)

    assert len(set(printed)) == 1
    assert len(printed[0]) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
