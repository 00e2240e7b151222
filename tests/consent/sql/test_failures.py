"""Failure denies: whatever becomes of the database, within the timeout, until it is back."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import psycopg
import pytest
from attrs import evolve

from residency import Reason
from residency.consent import Ledger
from residency.consent.sql import SqlStore, create_ledger, open_store, verify_ledger
from residency.consent.sql.database import open_database
from residency.errors import ConsentError, ErrorKind, LedgerError
from tests.consent.sql.conftest import RECORD, record
from tests.consent.sql.rows import change
from tests.consent.sql.worker import TIMEOUT, Worker, denied, working
from tests.servers.postgres import PostgresServer, running
from tests.servers.proxy import proxied


@pytest.fixture
def worker(url: str, open_at: Callable[..., SqlStore]) -> Worker:
    """A worker with a consent for London, on each database."""
    return working(open_at(url, timeout=TIMEOUT, max_staleness=0))


@pytest.fixture
def postgres_worker(postgres_url: str, open_at: Callable[..., SqlStore]) -> Worker:
    """The same on PostgreSQL."""
    return working(open_at(postgres_url, timeout=TIMEOUT, max_staleness=0))


# --- PostgreSQL ----------------------------------------------------------------------------------


def test_a_stopped_server_denies_until_it_is_back() -> None:
    """A server that is stopped hard denies at once; restarted, the same worker goes on."""
    with running() as server:
        url = server.url(server.create_database())
        create_ledger(url)
        store = open_store(url, timeout=TIMEOUT, max_staleness=0)
        worker = working(store)
        server.stop(signal.SIGQUIT)
        denied(worker)
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
        worker = working(
            open_at(server.url(name, port=proxy.port), timeout=TIMEOUT, max_staleness=0)
        )
        proxy.partition()
        for _ in range(3):  # the first on the connection that there is
            denied(worker)
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
        worker = working(open_at(server.url(name, port=proxy.port), timeout=5.0, max_staleness=0))
        for number in range(2, 7):
            proxy.cut()
            assert worker.abroad() is Reason.CONSENT
            proxy.cut()
            assert worker.ledger.give(record(number)) is True
        assert verify_ledger(server.url(name)).events == 6


def test_a_locked_table_denies_in_time(postgres_url: str, postgres_worker: Worker) -> None:
    """While somebody holds the tables, each call fails within the timeout."""
    with psycopg.connect(postgres_url) as connection:
        connection.execute("LOCK TABLE residency_ledger, residency_event IN ACCESS EXCLUSIVE MODE")
        denied(postgres_worker)
        assert postgres_worker.refuses_to_write() == ErrorKind.UNAVAILABLE
    assert postgres_worker.recovers() is Reason.CONSENT


def test_a_read_only_database_takes_nothing(server: PostgresServer) -> None:
    """In a database made read-only no withdrawal is acknowledged, but consents are read."""
    name = server.create_database()
    url = server.url(name)
    create_ledger(url)
    store = open_store(url, timeout=TIMEOUT, max_staleness=0)
    working(store)
    store.close()
    change(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store = open_store(url, timeout=TIMEOUT, max_staleness=0)
    worker = Worker(store)
    assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE
    assert worker.abroad() is Reason.CONSENT
    store.close()


# --- both ----------------------------------------------------------------------------------------


def test_tables_that_are_gone_deny(url: str, worker: Worker) -> None:
    """Where the tables were dropped, nothing is permitted and nothing acknowledged."""
    change(url, "DROP TABLE residency_event")
    denied(worker)
    assert worker.refuses_to_write() == ErrorKind.NO_TABLES


def test_a_ledger_without_its_row_denies(url: str, worker: Worker) -> None:
    """Where the row with the head of the chain is gone, nothing can be appended."""
    change(url, "DELETE FROM residency_ledger")
    assert worker.refuses_to_write() == ErrorKind.UNAVAILABLE


def test_text_that_no_database_takes_is_an_error_of_the_ledger(worker: Worker) -> None:
    """Text that the driver cannot even send fails as everything else does."""
    with pytest.raises(LedgerError) as caught:
        worker.store.events("\ud800")
    assert caught.value.kind == ErrorKind.UNAVAILABLE


def test_a_fleet_of_threads_is_denied_in_time(
    server: PostgresServer, open_at: Callable[..., SqlStore]
) -> None:
    """Where nothing gets through, more threads than there are connections are denied in time."""
    name = server.create_database()
    create_ledger(server.url(name))
    with proxied(server.port) as proxy:
        url = server.url(name, port=proxy.port)
        worker = working(open_at(url, timeout=TIMEOUT, max_staleness=0))
        proxy.partition()
        assert worker.all_abroad(40) == {Reason.LEDGER_UNAVAILABLE}
        assert worker.all_abroad_async(40) == {Reason.LEDGER_UNAVAILABLE}
        proxy.heal()
        assert worker.recovers() is Reason.CONSENT


def test_more_threads_than_connections_are_served(url: str, worker: Worker) -> None:
    """Forty threads at once all get their answer."""
    barrier = threading.Barrier(40)

    def ask(_: int) -> Reason:
        barrier.wait()
        return worker.abroad()

    with ThreadPoolExecutor(40) as threads:
        assert set(threads.map(ask, range(40))) == {Reason.CONSENT}
    assert verify_ledger(url).broken is None


def test_a_connection_is_waited_for_until_the_deadline(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all connections are in use, a call is told so, as soon as its time is over."""
    monkeypatch.setattr("residency.consent.sql.postgres._MOST_CONNECTIONS", 1)
    database = open_database(postgres_url, timeout=TIMEOUT)
    database.deadline.at = monotonic() + TIMEOUT
    with database.connection():
        database.deadline.at = monotonic() + 0.05
        with (
            pytest.raises(TimeoutError, match="all connections were in use"),
            database.connection(),
        ):
            pass
    database.close()


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


def test_a_failure_says_nothing_of_whom_it_is_about(url: str, worker: Worker) -> None:
    """The message of a failure names no account and no record."""
    change(url, "DROP TABLE residency_account")
    with pytest.raises(LedgerError) as caught:
        worker.ledger.events("acme")
    assert "acme" not in str(caught.value)
    change(url, "DROP TABLE residency_event")
    with pytest.raises(LedgerError) as caught:
        worker.ledger.withdraw("consent-1")
    assert "consent-1" not in str(caught.value)
