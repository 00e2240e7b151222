"""Failure denies: whatever becomes of a file of SQLite, until it is back."""

import os
import pwd
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from residency import Reason
from residency.consent import Ledger
from residency.consent.sql import SqlStore, verify_ledger
from residency.errors import ErrorKind, LedgerError
from tests.consent.sql.conftest import RECORD
from tests.consent.sql.rows import change
from tests.consent.sql.worker import TIMEOUT, Worker, denied, working

_UNPRIVILEGED = "nobody"


@pytest.fixture
def sqlite_worker(sqlite_url: str, open_at: Callable[..., SqlStore]) -> Worker:
    """The same on SQLite."""
    return working(open_at(sqlite_url, timeout=TIMEOUT, max_staleness=0))


_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchall()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def _held(path: Path, *statements: str) -> Generator[None]:
    """Let another process hold locks as long as the block lasts."""
    command: list[str | Path] = [sys.executable, "-c", _HOLD, path, *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        yield
        assert holder.stdin
        holder.stdin.close()


def test_a_file_locked_for_writing_is_read(folder: Path, sqlite_worker: Worker) -> None:
    """While another process writes, decisions go on; writing fails in time, and works later."""
    with _held(folder / "consents.db", "BEGIN IMMEDIATE"):
        assert sqlite_worker.refuses_to_write() == ErrorKind.UNAVAILABLE
        assert sqlite_worker.abroad() is Reason.CONSENT
    assert sqlite_worker.ledger.withdraw("consent-1") is True


def test_a_file_locked_by_another_process_denies(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """A file that another process holds for itself alone denies, until that process lets go."""
    store = open_at(sqlite_url)
    Ledger(store).give(RECORD)
    store.close()
    alone = "PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE"
    worker = Worker(open_at(sqlite_url, timeout=TIMEOUT, max_staleness=0))
    with _held(folder / "consents.db", *alone):
        denied(worker)
        assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE
    assert worker.recovers() is Reason.CONSENT


@contextmanager
def _unprivileged() -> Generator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam(_UNPRIVILEGED).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_file_takes_nothing(
    folder: Path, sqlite_url: str, sqlite_worker: Worker, open_at: Callable[..., SqlStore]
) -> None:
    """In a file made read-only no consent can be given, and nobody is told that it was."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    worker = Worker(open_at(sqlite_url, timeout=TIMEOUT, max_staleness=0))
    with _unprivileged():
        assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE
        assert worker.abroad() in {Reason.CONSENT, Reason.LEDGER_UNAVAILABLE}
        assert worker.at_home() is Reason.WITHIN_ZONE
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)
    assert worker.ledger.withdraw("consent-1") is True
    assert sqlite_worker.abroad() is Reason.CONSENT_WITHDRAWN


def _whole(path: Path, store: SqlStore) -> bytes:
    """Return a store's file with a consent in it, and nothing left beside it."""
    Ledger(store).give(RECORD)
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("left", [0, 1, 100, 4_096, 8_192, 12_288])
def test_a_truncated_file_denies(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore], left: int
) -> None:
    """Whatever is cut off the file, no consent is honoured; and when it is back, it is."""
    path = folder / "consents.db"
    whole = _whole(path, open_at(sqlite_url))
    path.write_bytes(whole[:left])
    worker = Worker(open_at(sqlite_url, timeout=TIMEOUT, max_staleness=0))
    assert worker.abroad() is not Reason.CONSENT
    assert worker.at_home() is Reason.WITHIN_ZONE
    path.write_bytes(whole)
    assert worker.abroad() is Reason.CONSENT


@pytest.mark.parametrize("start", [0, 16, 100, 4_096, 8_192])
def test_a_file_of_noise_denies(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore], start: int
) -> None:
    """A file overwritten with noise, from whatever place on, honours no consent."""
    path = folder / "consents.db"
    whole = _whole(path, open_at(sqlite_url))
    noise = bytes(number * 37 % 256 for number in range(len(whole) - start))
    path.write_bytes(whole[:start] + noise)
    worker = Worker(open_at(sqlite_url, timeout=TIMEOUT, max_staleness=0))
    assert worker.abroad() is not Reason.CONSENT
    with pytest.raises(LedgerError):
        verify_ledger(sqlite_url)


def test_bytes_that_are_no_text_are_named(sqlite_url: str, sqlite_worker: Worker) -> None:
    """An event whose text is no UTF-8 denies, and the walk along the chain names it."""
    change(sqlite_url, "UPDATE residency_event SET payload = CAST(x'ff00fe' AS TEXT)")
    denied(sqlite_worker)
    broken = verify_ledger(sqlite_url).broken
    assert broken is not None
    assert broken.event_id == "given:consent-1"


def test_a_full_disk_takes_nothing(sqlite_worker: Worker) -> None:
    """Where nothing more can be written, nothing is acknowledged, and it works again afterwards."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        assert sqlite_worker.refuses_to_write() == ErrorKind.UNAVAILABLE
        assert sqlite_worker.abroad() in {Reason.CONSENT, Reason.LEDGER_UNAVAILABLE}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sqlite_worker.ledger.withdraw("consent-1") is True
    assert sqlite_worker.abroad() is Reason.CONSENT_WITHDRAWN


def test_threads_that_write_wait_no_longer_than_the_timeout(
    folder: Path, sqlite_worker: Worker
) -> None:
    """Threads that queue to write all give up in time, and not one after another."""
    with _held(folder / "consents.db", "BEGIN IMMEDIATE"):
        assert sqlite_worker.all_refuse_to_write(4) == {ErrorKind.UNAVAILABLE}


def test_threads_that_ask_wait_no_longer_than_the_timeout(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """Threads, and tasks, that ask a locked file at once are all denied in time: none queues."""
    open_at(sqlite_url).close()
    worker = Worker(open_at(sqlite_url, timeout=TIMEOUT, max_staleness=0))
    with _held(folder / "consents.db", "PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE"):
        assert worker.all_abroad(8) == {Reason.LEDGER_UNAVAILABLE}
        assert worker.all_abroad_async(40) == {Reason.LEDGER_UNAVAILABLE}
    assert worker.recovers() is Reason.NO_CONSENT
