"""Making a ledger's tables, bringing them up to date, and saying how things stand."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from attrs import frozen
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from residency.consent.sql.chain import Head
from residency.consent.sql.database import Database, open_database
from residency.consent.sql.failures import no_tables, unavailable
from residency.consent.sql.schema import (
    SCHEMA_VERSION,
    held_version,
    ledger_table,
    migrate,
    require_version,
)
from residency.value import Value

__all__ = [
    "ADMINISTRATION_TIMEOUT",
    "LedgerStatus",
    "administer",
    "create_ledger",
    "ledger_status",
    "upgrade_ledger",
]

ADMINISTRATION_TIMEOUT = 30.0
"""How long a person at a terminal waits for one answer of the database, in seconds."""

_T = TypeVar("_T")


@frozen(slots=True, eq=False, repr=False)
class LedgerStatus(Value):
    """How a ledger stands.

    Args:
        version: the version of its tables; 0 where it has none.
        known: the version that this library reads and writes.
        head: the last event's position and hash; None where the tables are of another version.
    """

    version: int
    known: int
    head: Head | None


@contextmanager
def administer(
    url: str, *, create: bool = False, timeout: float = ADMINISTRATION_TIMEOUT
) -> Generator[Database]:
    """Open a database for one piece of work, and close it.

    Raises:
        LedgerError: there is none, or it fails.
    """
    database = open_database(url, timeout=timeout, create=create)
    try:
        database.deadline.at = monotonic() + timeout
        yield database
    except (SQLAlchemyError, OSError) as error:
        raise unavailable(error, "opened") from error
    finally:
        database.close()


def _change(url: str, change: Callable[[Connection], _T], *, create: bool) -> _T:
    with administer(url, create=create) as database, database.connection() as connection:
        database.begin_change(connection)
        try:
            done = change(connection)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
        return done


def create_ledger(url: str) -> bool:
    """Make a ledger's tables, and the file of SQLite if there is none; idempotent.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.

    Returns:
        True if they were made, False if they were there.

    Raises:
        LedgerError: the tables that are there are of another version (OLDER_SCHEMA, NEWER_SCHEMA),
            or the database fails.
    """

    def create(connection: Connection) -> bool:
        held = held_version(connection)
        if held:
            require_version(held)
        else:
            migrate(connection)
        return not held

    return _change(url, create, create=True)


def upgrade_ledger(url: str) -> int:
    """Bring a ledger's tables to the version that this library knows; idempotent.

    Returns:
        the version they had.

    Raises:
        LedgerError: there are none (NO_TABLES), they are newer (NEWER_SCHEMA), or the database
            fails.
    """

    def upgrade(connection: Connection) -> int:
        if not held_version(connection):
            raise no_tables()
        return migrate(connection)

    return _change(url, upgrade, create=False)


def ledger_status(url: str) -> LedgerStatus:
    """Say which version a ledger's tables have, and where its chain ends.

    Raises:
        LedgerError: the database fails.
    """
    with administer(url) as database, database.connection() as connection:
        held = held_version(connection)
        head = None
        if held == SCHEMA_VERSION:
            row = connection.execute(select(ledger_table.c.position, ledger_table.c.hash)).one()
            head = Head(*row)
        return LedgerStatus(held, SCHEMA_VERSION, head)
