"""Failure denies: whatever becomes of the database, within the timeout, until it is back."""

import asyncio
import os
import pwd
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

import psycopg
import pytest
from attrs import evolve

from residency import Account, Guard, Reason, Router, load_policy
from residency.consent import Ledger
from residency.consent.sql import SqlStore, create_ledger, open_store, verify_ledger
from residency.errors import ConsentError, ErrorKind, LedgerError
from tests.consent.sql.conftest import RECORD, record
from tests.consent.sql.rows import change
from tests.servers.postgres import PostgresServer, running
from tests.servers.proxy import proxied

_T = TypeVar("_T")

_TIMEOUT = 1.0
_IN_TIME = 1.5 * _TIMEOUT
"""Less than twice the timeout: a call that waits for it two times over is late."""
_AT_ONCE = 0.2
_TRIES = 5

_ROUTER = Router(load_policy("xmedius"))
_ACME = Account("acme", "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
_UNPRIVILEGED = "nobody"


def _prompt(call: Callable[[], _T], most: float) -> _T:
    """Return what a call answers, which it must do in time.

    A machine that is busy may delay one call, or two. What waits too long by itself does so always.
    """
    taken: list[float] = []
    for _ in range(_TRIES):
        began = monotonic()
        answer = call()
        taken.append(monotonic() - began)
        if taken[-1] < most:
            return answer
    message = f"never within {most} s: {taken}"
    raise AssertionError(message)


class _Worker:
    """A worker that asks before each write; its store looks each time, so that nothing is kept."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.ledger = Ledger(store)
        self._guard = Guard(_ROUTER, self.ledger)

    def abroad(self) -> Reason:
        """Ask whether a write to London is permitted; in time, and whatever happens."""
        return _prompt(self._ask, _IN_TIME)

    def _ask(self) -> Reason:
        return self._guard.decide(_ACME, "xm-fax", to="aws:eu-west-2").reason

    def all_abroad(self, count: int) -> set[Reason]:
        """Let many threads ask that at the same time; all must have their answer in time."""
        with ThreadPoolExecutor(count) as threads:
            return _prompt(lambda: set(threads.map(lambda _: self._ask(), range(count))), _IN_TIME)

    def all_abroad_async(self, count: int) -> set[Reason]:
        """Let many tasks of one event loop ask it."""

        async def ask_all() -> set[Reason]:
            asked = (
                self._guard.decide_async(_ACME, "xm-fax", to="aws:eu-west-2") for _ in range(count)
            )
            return {decision.reason for decision in await asyncio.gather(*asked)}

        return _prompt(lambda: asyncio.run(ask_all()), _IN_TIME)

    def at_home(self) -> Reason:
        """Ask for a write inside the zone, which must not wait for anything."""
        return _prompt(
            lambda: self._guard.decide(_ACME, "xm-fax", to="aws:eu-west-3").reason, _AT_ONCE
        )

    def refuses_to_write(self) -> object:
        """Try to withdraw, which must fail in time; return the kind of the failure."""
        return _prompt(self._try_to_write, _IN_TIME)

    def _try_to_write(self) -> object:
        with pytest.raises(LedgerError) as caught:
            self.ledger.withdraw("consent-1")
        return caught.value.kind

    def all_refuse_to_write(self, count: int) -> set[object]:
        """Let many threads try that at the same time; all must have failed in time."""
        with ThreadPoolExecutor(count) as threads:
            tried = partial(threads.map, lambda _: self._try_to_write(), range(count))
            return _prompt(lambda: set(tried()), _IN_TIME)

    def recovers(self) -> Reason:
        """Ask until the ledger is back, as a worker would that is not restarted."""
        deadline = monotonic() + 20
        while (reason := self.abroad()) is Reason.LEDGER_UNAVAILABLE:
            assert monotonic() < deadline
            sleep(0.05)
        return reason


@pytest.fixture
def worker(url: str, open_at: Callable[..., SqlStore]) -> _Worker:
    """A worker with a consent for London, on each database."""
    return _working(open_at(url, timeout=_TIMEOUT, max_staleness=0))


@pytest.fixture
def sqlite_worker(sqlite_url: str, open_at: Callable[..., SqlStore]) -> _Worker:
    """The same on SQLite."""
    return _working(open_at(sqlite_url, timeout=_TIMEOUT, max_staleness=0))


@pytest.fixture
def postgres_worker(postgres_url: str, open_at: Callable[..., SqlStore]) -> _Worker:
    """The same on PostgreSQL."""
    return _working(open_at(postgres_url, timeout=_TIMEOUT, max_staleness=0))


def _working(store: SqlStore) -> _Worker:
    worker = _Worker(store)
    worker.ledger.give(RECORD)
    assert worker.abroad() is Reason.CONSENT
    return worker


def _denied(worker: _Worker) -> None:
    assert worker.abroad() is Reason.LEDGER_UNAVAILABLE
    assert worker.at_home() is Reason.WITHIN_ZONE


# --- SQLite --------------------------------------------------------------------------------------

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


def test_a_file_locked_for_writing_is_read(folder: Path, sqlite_worker: _Worker) -> None:
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
    worker = _Worker(open_at(sqlite_url, timeout=_TIMEOUT, max_staleness=0))
    with _held(folder / "consents.db", *alone):
        _denied(worker)
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
    folder: Path, sqlite_url: str, sqlite_worker: _Worker, open_at: Callable[..., SqlStore]
) -> None:
    """In a file made read-only no consent can be given, and nobody is told that it was."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    worker = _Worker(open_at(sqlite_url, timeout=_TIMEOUT, max_staleness=0))
    with _unprivileged():
        assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE
        assert worker.abroad() in {Reason.CONSENT, Reason.LEDGER_UNAVAILABLE}
        assert worker.at_home() is Reason.WITHIN_ZONE
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)
    assert worker.ledger.withdraw("consent-1") is True
    assert sqlite_worker.abroad() is Reason.CONSENT_WITHDRAWN


def _into_the_file(path: Path) -> None:
    """Bring all that was written into the file itself, so that nothing is left beside it."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.mark.parametrize("left", [0, 1, 100, 4_096, 8_192, 12_288])
def test_a_truncated_file_denies(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore], left: int
) -> None:
    """Whatever is cut off the file, no consent is honoured; and when it is back, it is."""
    path = folder / "consents.db"
    store = open_at(sqlite_url)
    Ledger(store).give(RECORD)
    store.close()
    _into_the_file(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    worker = _Worker(open_at(sqlite_url, timeout=_TIMEOUT, max_staleness=0))
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
    store = open_at(sqlite_url)
    Ledger(store).give(RECORD)
    store.close()
    _into_the_file(path)
    whole = path.read_bytes()
    noise = bytes(number * 37 % 256 for number in range(len(whole) - start))
    path.write_bytes(whole[:start] + noise)
    worker = _Worker(open_at(sqlite_url, timeout=_TIMEOUT, max_staleness=0))
    assert worker.abroad() is not Reason.CONSENT
    with pytest.raises(LedgerError):
        verify_ledger(sqlite_url)


def test_bytes_that_are_no_text_are_named(sqlite_url: str, sqlite_worker: _Worker) -> None:
    """An event whose text is no UTF-8 denies, and the walk along the chain names it."""
    change(sqlite_url, "UPDATE residency_event SET payload = CAST(x'ff00fe' AS TEXT)")
    _denied(sqlite_worker)
    broken = verify_ledger(sqlite_url).broken
    assert broken is not None
    assert broken.event_id == "given:consent-1"


def test_a_full_disk_takes_nothing(sqlite_worker: _Worker) -> None:
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


# --- PostgreSQL ----------------------------------------------------------------------------------


def test_a_stopped_server_denies_until_it_is_back() -> None:
    """A server that is stopped hard denies at once; restarted, the same worker goes on."""
    with running() as server:
        url = server.url(server.create_database())
        create_ledger(url)
        store = open_store(url, timeout=_TIMEOUT, max_staleness=0)
        worker = _working(store)
        server.stop(signal.SIGQUIT)
        _denied(worker)
        assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE
        server.start()
        assert worker.recovers() is Reason.CONSENT
        assert worker.ledger.withdraw("consent-1") is True
        assert verify_ledger(url).broken is None
        store.close()


def test_a_server_that_does_not_answer_denies_in_time(
    server: PostgresServer, open_at: Callable[..., SqlStore]
) -> None:
    """Where no bytes get through, each call fails within the timeout, on a new connection too."""
    name = server.create_database()
    create_ledger(server.url(name))
    with proxied(server.port) as proxy:
        worker = _working(
            open_at(server.url(name, port=proxy.port), timeout=_TIMEOUT, max_staleness=0)
        )
        proxy.partition()
        for _ in range(3):  # the first on the connection that there is
            _denied(worker)
        assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE
        proxy.heal()
        assert worker.recovers() is Reason.CONSENT


def test_connections_that_were_cut_are_replaced(
    server: PostgresServer, open_at: Callable[..., SqlStore]
) -> None:
    """A call on a connection that was cut is made again on a new one, and nobody notices."""
    name = server.create_database()
    create_ledger(server.url(name))
    with proxied(server.port) as proxy:
        worker = _working(open_at(server.url(name, port=proxy.port), timeout=5.0, max_staleness=0))
        for number in range(2, 7):
            proxy.cut()
            assert worker.abroad() is Reason.CONSENT
            proxy.cut()
            assert worker.ledger.give(record(number)) is True
        assert verify_ledger(server.url(name)).events == 6


def test_a_locked_table_denies_in_time(postgres_url: str, postgres_worker: _Worker) -> None:
    """While somebody holds the tables, each call fails within the timeout."""
    with psycopg.connect(postgres_url) as connection:
        connection.execute("LOCK TABLE residency_ledger, residency_event IN ACCESS EXCLUSIVE MODE")
        _denied(postgres_worker)
        assert postgres_worker.refuses_to_write() == ErrorKind.UNAVAILABLE
    assert postgres_worker.recovers() is Reason.CONSENT


def test_a_read_only_database_takes_nothing(server: PostgresServer) -> None:
    """In a database made read-only no withdrawal is acknowledged, but consents are read."""
    name = server.create_database()
    url = server.url(name)
    create_ledger(url)
    store = open_store(url, timeout=_TIMEOUT, max_staleness=0)
    _working(store)
    store.close()
    change(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store = open_store(url, timeout=_TIMEOUT, max_staleness=0)
    worker = _Worker(store)
    assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE
    assert worker.abroad() is Reason.CONSENT
    store.close()


# --- both ----------------------------------------------------------------------------------------


def test_tables_that_are_gone_deny(url: str, worker: _Worker) -> None:
    """Where the tables were dropped, nothing is permitted and nothing acknowledged."""
    change(url, "DROP TABLE residency_event")
    _denied(worker)
    assert worker.refuses_to_write() == ErrorKind.NO_TABLES


def test_a_ledger_without_its_row_denies(url: str, worker: _Worker) -> None:
    """Where the row with the head of the chain is gone, nothing can be appended."""
    change(url, "DELETE FROM residency_ledger")
    assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE


def test_text_that_no_database_takes_is_an_error_of_the_ledger(worker: _Worker) -> None:
    """Text that the driver cannot even send fails as everything else does."""
    with pytest.raises(LedgerError) as caught:
        worker.store.events("\ud800")
    assert caught.value.kind == ErrorKind.UNAVAILABLE


def test_threads_that_write_wait_no_longer_than_the_timeout(
    folder: Path, sqlite_worker: _Worker
) -> None:
    """Threads that queue to write all give up in time, and not one after another."""
    with _held(folder / "consents.db", "BEGIN IMMEDIATE"):
        assert sqlite_worker.all_refuse_to_write(4) == {ErrorKind.UNAVAILABLE}


def test_threads_that_ask_wait_no_longer_than_the_timeout(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """Threads, and tasks, that ask a locked file at once are all denied in time: none queues."""
    open_at(sqlite_url).close()
    worker = _Worker(open_at(sqlite_url, timeout=_TIMEOUT, max_staleness=0))
    with _held(folder / "consents.db", "PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE"):
        assert worker.all_abroad(8) == {Reason.LEDGER_UNAVAILABLE}
        assert worker.all_abroad_async(40) == {Reason.LEDGER_UNAVAILABLE}
    assert worker.recovers() is Reason.NO_CONSENT


def test_a_fleet_of_threads_is_denied_in_time(
    server: PostgresServer, open_at: Callable[..., SqlStore]
) -> None:
    """Where nothing gets through, more threads than there are connections are denied in time."""
    name = server.create_database()
    create_ledger(server.url(name))
    with proxied(server.port) as proxy:
        url = server.url(name, port=proxy.port)
        worker = _working(open_at(url, timeout=_TIMEOUT, max_staleness=0))
        proxy.partition()
        assert worker.all_abroad(40) == {Reason.LEDGER_UNAVAILABLE}
        assert worker.all_abroad_async(40) == {Reason.LEDGER_UNAVAILABLE}
        proxy.heal()
        assert worker.recovers() is Reason.CONSENT


def test_more_threads_than_connections_are_served(url: str, worker: _Worker) -> None:
    """Forty threads at once all get their answer."""
    barrier = threading.Barrier(40)

    def ask(_: int) -> Reason:
        barrier.wait()
        return worker.abroad()

    with ThreadPoolExecutor(40) as threads:
        assert set(threads.map(ask, range(40))) == {Reason.CONSENT}
    assert verify_ledger(url).broken is None


def test_a_record_of_a_megabyte_is_refused(url: str, open_at: Callable[..., SqlStore]) -> None:
    """A record whose JSON takes a megabyte is refused (TOO_LARGE), and nothing is kept of it."""
    words = frozenset(f"{number:03}{'東' * 253}" for number in range(256))
    huge = evolve(RECORD, purposes=words, categories=words, solutions=words)
    ledger = Ledger(open_at(url))
    with pytest.raises(ConsentError) as caught:
        ledger.give(huge)
    assert caught.value.kind == ErrorKind.TOO_LARGE
    assert ledger.events("acme") == ()
    assert ledger.give(RECORD) is True


def test_a_failure_says_nothing_of_whom_it_is_about(url: str, worker: _Worker) -> None:
    """The message of a failure names no account and no record."""
    change(url, "DROP TABLE residency_account")
    with pytest.raises(LedgerError) as caught:
        worker.ledger.events("acme")
    assert "acme" not in str(caught.value)
    change(url, "DROP TABLE residency_event")
    with pytest.raises(LedgerError) as caught:
        worker.ledger.withdraw("consent-1")
    assert "consent-1" not in str(caught.value)
