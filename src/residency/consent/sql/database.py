"""What the ledger needs of a database, and which one a URL names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from residency.consent.sql.chain import Head
from residency.consent.sql.deadline import Deadline
from residency.consent.sql.freshness import Subscriber, Watch
from residency.consent.sql.query import Row, Statement
from residency.consent.sql.sqlite import SqliteDatabase
from residency.consent.store import Freshness
from residency.errors import ErrorKind, LedgerError

__all__ = ["Database", "open_database"]

_SQLITE = frozenset(("sqlite", "sqlite+pysqlite"))
_POSTGRESQL = frozenset(("postgresql", "postgresql+psycopg"))


class Database(Protocol):
    """A database that holds a ledger. Connections commit by themselves unless told to begin."""

    @property
    def deadline(self) -> Deadline:
        """By when the present call of a thread must have its answer."""
        ...

    @property
    def timeout(self) -> float:
        """How long a call may take, in seconds."""
        ...

    def connection(self) -> AbstractContextManager[Connection]:
        """Lend a connection."""
        ...

    def run(
        self, connection: Connection, statement: Statement, parameters: Mapping[str, object]
    ) -> Sequence[Row]:
        """Run a statement, as fast as the driver can, and return its rows, if it has any."""
        ...

    def end(self, connection: Connection, *, commit: bool) -> None:
        """End a transaction: commit it, or undo all of it."""
        ...

    def begin(self, connection: Connection) -> None:
        """Begin a transaction and take the lock that whoever writes must hold."""
        ...

    def begin_change(self, connection: Connection) -> None:
        """Begin a transaction that alone may make or change tables."""
        ...

    def announce(self, connection: Connection, head: Head, previous: str, account: str) -> None:
        """Tell other processes of an event, if the database has a way to."""
        ...

    def watch(self, max_staleness: float, *, tell: Subscriber, store: Freshness) -> Watch:
        """Return what watches for other processes' writes."""
        ...

    def after_fork(self) -> None:
        """Share nothing with the parent process."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


def open_database(url: str, *, timeout: float, create: bool = False) -> Database:
    """Return the database that a URL names; nothing is connected yet.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.
        timeout: how long a call may take, in seconds.
        create: whether to make the file of SQLite if there is none.

    Raises:
        LedgerError: the URL names no kind of ledger that is known (UNKNOWN_LEDGER).
        MissingExtraError: the database's driver is not installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    # A driver that is not ours may do what ours does not, such as to encrypt: it is not ignored.
    if parsed is not None and parsed.drivername in _SQLITE:
        return SqliteDatabase(parsed, timeout=timeout, create=create)
    if parsed is not None and parsed.drivername in _POSTGRESQL:
        from residency.consent.sql.postgres import PostgresDatabase  # needs another extra

        return PostgresDatabase(parsed, timeout=timeout)
    # The URL is neither shown nor kept: it may hold a password.
    message = "no database is known by this URL: use `sqlite:///PATH` or `postgresql://…`"
    raise LedgerError(message, kind=ErrorKind.UNKNOWN_LEDGER)
