"""PostgreSQL, by psycopg: one ledger for the processes of many machines."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast, final

from sqlalchemy import URL, Connection, Engine, create_engine, func, select

from residency.consent.sql.chain import Head
from residency.consent.sql.connection import CHANNEL, DeadlineConnection
from residency.consent.sql.deadline import Deadline, within
from residency.consent.sql.freshness import Subscriber, Watch
from residency.consent.sql.listener import Listener
from residency.consent.sql.query import Row, Statement
from residency.consent.store import Freshness

__all__ = ["PostgresDatabase"]

_MOST_CONNECTIONS = 10
_SHORTEST_CONNECT_TIMEOUT = 2  # psycopg, as libpq, knows none below


@final
class PostgresDatabase:
    """A database of PostgreSQL, reached through a pool of connections.

    Args:
        url: ``postgresql://USER:PASSWORD@HOST/DATABASE``, with any parameter of libpq.
        timeout: how long a call may take, in seconds.
    """

    def __init__(self, url: URL, *, timeout: float) -> None:
        self.deadline: Final = Deadline()
        self.timeout: Final = timeout
        given = url.translate_connect_args(username="user", database="dbname") | dict(url.query)
        milliseconds = max(1, int(timeout * 1000))
        settings = {
            # Whatever the server's defaults: an event that was acknowledged is on the disk.
            "synchronous_commit": "on",
            # What this process gave up waiting for, or left behind when it died, frees its locks.
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": milliseconds,
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._arguments: Final[dict[str, Any]] = {
            "application_name": "residency",
            # A standby may lag behind, and would show a consent that was withdrawn.
            "target_session_attrs": "primary",
            "tcp_user_timeout": milliseconds,
            **given,
            "connect_timeout": max(_SHORTEST_CONNECT_TIMEOUT, int(timeout)),
            "client_encoding": "utf8",
            "options": f"{given.get('options', '')} {options}".strip(),
        }
        self.engine: Final[Engine] = create_engine(
            "postgresql+psycopg://",
            creator=self.connect,
            isolation_level="AUTOCOMMIT",
            pool_size=_MOST_CONNECTIONS,
            max_overflow=0,  # the pool itself is never waited for: it knows no deadline
            pool_use_lifo=True,
            hide_parameters=True,
        )
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)

    def connect(self) -> DeadlineConnection:
        """Make a connection, within this thread's deadline.

        Raises:
            psycopg.Error: the server refuses.
            TimeoutError: it does not answer in time.
        """
        connection = within(
            self.deadline.seconds, lambda: DeadlineConnection.connect(**self._arguments)
        )
        connection.expires = self.deadline.at
        return connection

    @contextmanager
    def connection(self) -> Generator[Connection]:
        """Lend a connection of the pool, which waits until this thread's deadline."""
        free = self._free
        if not free.acquire(timeout=self.deadline.seconds):
            message = "all connections were in use all the time allowed"
            raise TimeoutError(message)
        try:
            with self.engine.connect() as connection:
                driver = cast("DeadlineConnection", connection.connection.driver_connection)
                driver.expires = self.deadline.at
                yield connection
        finally:
            free.release()

    def run(
        self, connection: Connection, statement: Statement, parameters: Mapping[str, object]
    ) -> Sequence[Row]:
        """Run a statement, and return its rows, if it has any."""
        found = connection.execute(statement, parameters)
        return found.all() if found.returns_rows else ()

    def end(self, connection: Connection, *, commit: bool) -> None:
        """End a transaction: commit it, or undo all of it."""
        connection.exec_driver_sql("COMMIT" if commit else "ROLLBACK")

    def begin(self, connection: Connection) -> None:
        """Begin a transaction; whoever then locks the ledger's row alone may write."""
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")
        connection.exec_driver_sql("SELECT 1 FROM residency_ledger FOR UPDATE")

    def begin_change(self, connection: Connection) -> None:
        """Begin a transaction that alone may make or change tables."""
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(CHANNEL))))

    def announce(self, connection: Connection, head: Head, previous: str, account: str) -> None:
        """Tell those who listen, when the transaction is committed."""
        told = f"{head.position} {previous} {head.hash} {account}"
        connection.execute(select(func.pg_notify(CHANNEL, told)))

    def watch(self, max_staleness: float, *, tell: Subscriber, store: Freshness) -> Watch:
        """Return what listens for other processes' writes."""
        return Listener(self, max_staleness, tell=tell, store=store)

    def after_fork(self) -> None:
        """Leave the connections of the parent process alone."""
        self.engine.dispose(close=False)
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)

    def close(self) -> None:
        """Close the pool."""
        self.engine.dispose()
