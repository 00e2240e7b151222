"""SQLite: one file, shared by the processes of one machine; the embedded default."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, cast, final

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.exc import SQLAlchemyError

from residency.consent.sql.chain import Head
from residency.consent.sql.dataversion import DataVersionWatch
from residency.consent.sql.deadline import Deadline
from residency.consent.sql.freshness import Subscriber, Watch
from residency.consent.sql.patience import PatientConnection
from residency.consent.sql.query import Row, Statement
from residency.consent.store import Freshness
from residency.errors import ErrorKind, LedgerError

__all__ = ["SqliteDatabase"]

_NAMED: Final = SQLiteDialect(paramstyle="named")
_MEMORY: Final = frozenset((None, "", ":memory:"))


@final
class SqliteDatabase:
    """A file of SQLite in WAL mode: readers never wait for a writer; each commit is on the disk.

    Each thread keeps one connection, because opening one costs more than a look-up.

    Args:
        url: ``sqlite:///PATH``.
        timeout: how long to wait for a lock, in seconds.
        create: whether to make the file if there is none.

    Raises:
        LedgerError: the URL names no file (UNKNOWN_LEDGER).
    """

    def __init__(self, url: URL, *, timeout: float, create: bool = False) -> None:
        if url.database in _MEMORY or url.query or url.host or url.username or url.password:
            # The URL is not shown: it may hold a password.
            message = "a URL of SQLite names a file and nothing else: use `sqlite:///PATH`"
            raise LedgerError(message, kind=ErrorKind.UNKNOWN_LEDGER)
        self._path: Final = Path(str(url.database)).absolute()
        self._mode: Final = "rwc" if create else "rw"
        self.deadline: Final = Deadline()
        self.timeout: Final = timeout
        self.engine: Final[Engine] = create_engine(
            "sqlite://",
            creator=self.connect,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._local = threading.local()
        self._open: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._inherited: list[object] = []
        self._texts: dict[Statement, str] = {}

    def connect(self) -> PatientConnection:
        """Open the file once more, within this thread's deadline."""
        patience = self.deadline.seconds
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode={self._mode}",
            uri=True,
            timeout=patience,
            isolation_level=None,
            # Each thread has its own; only closing may happen in another.
            check_same_thread=False,
            factory=PatientConnection,
        )
        connection.wait_for_locks(patience)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        return connection

    def _identity(self) -> tuple[int, int]:
        # A file that was put in the place of another is another ledger.
        status = os.stat(self._path)  # noqa: PTH116 - half the cost, and each look-up pays it
        return status.st_dev, status.st_ino

    @contextmanager
    def connection(self) -> Generator[Connection]:
        """Lend this thread's connection; after an error it is closed."""
        identity = self._identity() if self._mode == "rw" else None
        held: tuple[Connection, object] | None = getattr(self._local, "held", None)
        if held is None or held[1] != identity or held[0].closed:
            if held is not None:
                held[0].close()
            held = self.engine.connect(), identity
            self._local.held = held
            self._open.add(held[0])
        try:
            _driver(held[0]).wait_for_locks(self.deadline.seconds)
            yield held[0]
        except BaseException:
            self._local.held = None
            with suppress(SQLAlchemyError, sqlite3.Error):
                held[0].invalidate()
                held[0].close()
            raise

    def run(
        self, connection: Connection, statement: Statement, parameters: Mapping[str, object]
    ) -> Sequence[Row]:
        """Run a statement by the driver itself, in a third of the time that SQLAlchemy takes."""
        text = self._texts.get(statement)
        if text is None:
            text = self._texts.setdefault(statement, str(statement.compile(dialect=_NAMED)))
        return _driver(connection).execute(text, parameters).fetchall()

    def end(self, connection: Connection, *, commit: bool) -> None:
        """End a transaction: commit it, or undo all of it."""
        _driver(connection).execute("COMMIT" if commit else "ROLLBACK")

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that alone may write."""
        _driver(connection).execute("BEGIN IMMEDIATE")

    def begin_change(self, connection: Connection) -> None:
        """Begin a transaction that alone may make or change tables."""
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # the file remembers it
        self.begin(connection)

    def announce(self, connection: Connection, head: Head, previous: str, account: str) -> None:
        """Do nothing: other processes see the file change."""

    def watch(self, max_staleness: float, *, tell: Subscriber, store: Freshness) -> Watch:
        """Return what watches the file for other processes' writes."""
        return DataVersionWatch(
            self.connect, self._path, self.deadline, max_staleness, tell=tell, store=store
        )

    def after_fork(self) -> None:
        """Forget the connections of the parent process, which this one must not even close."""
        self._inherited.extend((*self._open, self._local))
        self._local = threading.local()
        self._open = weakref.WeakSet()

    def close(self) -> None:
        """Close every thread's connection."""
        for connection in tuple(self._open):
            connection.close()
        self.engine.dispose()


def _driver(connection: Connection) -> PatientConnection:
    return cast("PatientConnection", connection.connection.driver_connection)
