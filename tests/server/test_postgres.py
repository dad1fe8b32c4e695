"""The private server: durable, private, shared by those who use it, and gone with the last."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from vedette.server.postgres import Server, ServerError, _socket_dir
from vedette.server.roles import INTAKE, OWNER, PUBLIC, WEB, ensure_roles

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for this file, apart from the one the other tests share."""
    with Server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


def _pid(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def test_socket_only_and_private(private: Server) -> None:
    """Nothing listens on the network, and nobody else may enter the socket's folder."""
    with psycopg.connect(private.dsn("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        folder = Path(connection.info.host)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(os.fsencode(folder / ".s.PGSQL.5432.lock")) < 100


def test_durable_and_silent(private: Server) -> None:
    """fsync and synchronous_commit are on; no statement or value ever reaches the log."""
    with psycopg.connect(private.dsn("postgres"), autocommit=True) as connection:
        for name, value in (("fsync", "on"), ("synchronous_commit", "on"), ("jit", "off")):
            assert connection.execute(f"SHOW {name}").fetchone() == (value,)
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO people VALUES (%s)", ["SURNAMEXYZ"])
            except psycopg.errors.UniqueViolation:
                connection.execute("DROP TABLE people")
    assert "SURNAMEXYZ" not in (private.path / "log").read_text()


def test_second_start_joins_and_last_one_stops(private: Server) -> None:
    """Run twice, the second start joins the server; it goes on until the last user leaves."""
    other = Server(private.path)
    with other:
        assert other.joined
        assert other.dsn("postgres") == private.dsn("postgres")
    with psycopg.connect(private.dsn("postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_beside_another_copy(private: Server, tmp_path: Path) -> None:
    """Two copies of vedette on one machine each have a server of their own, and stop it cleanly."""
    with Server(tmp_path) as other:
        assert not other.joined
        assert other.dsn("postgres") != private.dsn("postgres")
        pid = _pid(other)
        still_open = psycopg.connect(other.dsn("postgres"), autocommit=True)
        other.stop()
    still_open.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert "database system is shut down" in (tmp_path / "log").read_text()


def test_kill_9_of_server_loses_nothing(tmp_path: Path) -> None:
    """A stale pid file does not stop the next start, even when its number belongs to a stranger."""
    first = Server(tmp_path)
    first.start()
    with psycopg.connect(first.dsn("postgres")) as connection:
        connection.execute("CREATE TABLE kept (a int)")
    os.kill(_pid(first), signal.SIGKILL)
    first.stop()
    pid_file = first.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with Server(tmp_path) as second, psycopg.connect(second.dsn("postgres")) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_kill_9_of_user_leaves_a_server_to_join(tmp_path: Path) -> None:
    """A killed demo leaves its server running: the next start joins it, and stops it when done."""
    code = (
        "import sys, time; from pathlib import Path; from vedette.server.postgres import Server;"
        "Server(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        killed.stdout.readline()
        killed.kill()
    server = Server(tmp_path)
    with server:
        assert server.joined
        pid = _pid(server)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}/cwd").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not (server.data / "postmaster.pid").exists()


def test_others_may_not_prepare_the_socket_folder(private: Server, tmp_path: Path) -> None:
    """/tmp is open to all: a folder of that name which others may enter is refused."""
    folder = _socket_dir(tmp_path, None)
    folder.chmod(0o755)
    with pytest.raises(ServerError, match="not a private folder"):
        _socket_dir(tmp_path, None)
    folder.rmdir()


def test_data_of_another_version_is_named(tmp_path: Path) -> None:
    """Data of another major version: the message says so and what helps."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerError, match="made by PostgreSQL 9 and this is 1"):
        Server(tmp_path).start()


def test_roles(private: Server) -> None:
    """Owner makes tables; intake and web write them, but neither may make any in `public`."""
    urls = private.create_database("roles")
    assert private.create_database("roles") == urls  # repeated: nothing changes
    with psycopg.connect(urls["DATABASE_URL_OWNER"]) as owner:
        owner.execute("CREATE TABLE a (id bigserial, b text)")
    for role, variable in ((WEB, "DATABASE_URL"), (INTAKE, "DATABASE_URL_INTAKE")):
        with psycopg.connect(urls[variable], autocommit=True) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)
            connection.execute("INSERT INTO a (b) VALUES ('x')")
            connection.execute("UPDATE a SET b = 'y'")
            connection.execute("DELETE FROM a")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE public.c (a int)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("TRUNCATE a")


def test_only_intake_passes_row_level_security(private: Server) -> None:
    """Intake stores for every scope; web and the owner's attributes give no way round."""
    private.create_database("bypass")
    with psycopg.connect(private.dsn("postgres")) as connection:
        rows = connection.execute(
            "SELECT rolname, rolbypassrls, rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles"
            " WHERE rolname LIKE 'vedette%' ORDER BY rolname"
        ).fetchall()
    assert rows == [
        (INTAKE, True, False), (OWNER, False, False), (PUBLIC, False, False), (WEB, False, False),
    ]  # fmt: skip


def test_roles_at_the_same_moment(private: Server) -> None:
    """Test workers make their databases at once: nobody fails on what another just made."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(private.create_database, ["one", "one", "two", "two"]))
        list(pool.map(ensure_roles, [private.dsn("one")] * 4))
