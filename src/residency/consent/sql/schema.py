"""The tables, and how they come about: numbered steps, each done once, in order.

Three tables. ``residency_event`` is appended to and never changed; ``residency_account`` says how
many events each account has, so that a missing one is noticed by whoever reads the account;
``residency_ledger`` is one row with the version of the tables and the head of the chain, and who
writes holds its lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from residency.consent.sql.chain import GENESIS
from residency.consent.sql.failures import no_tables
from residency.errors import ErrorKind, LedgerError

__all__ = [
    "MIGRATIONS",
    "SCHEMA_VERSION",
    "account_table",
    "event_table",
    "held_version",
    "ledger_table",
    "migrate",
    "require_version",
]

_metadata = MetaData()

# SQLite numbers rows by an INTEGER key alone; PostgreSQL needs more than 32 bits for a long life.
_Position = BigInteger().with_variant(Integer, "sqlite")

event_table: Final = Table(
    "residency_event",
    _metadata,
    Column("position", _Position, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("sequence", _Position, nullable=False),
    Column("record_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_residency_event_account", "account", "sequence"),
    implicit_returning=False,
)

account_table: Final = Table(
    "residency_account",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("events", _Position, nullable=False),
    implicit_returning=False,
    sqlite_with_rowid=False,
)

ledger_table: Final = Table(
    "residency_ledger",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("position", _Position, nullable=False),
    Column("hash", Text, nullable=False),
)


def _create_tables(connection: Connection) -> None:
    _metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(ledger_table).values(id=1, version=0, position=0, hash=GENESIS))


MIGRATIONS: Final[list[Callable[[Connection], None]]] = [_create_tables]
"""What brings the tables from each version to the next; the first makes them. Never edited."""

SCHEMA_VERSION: Final = len(MIGRATIONS)
"""The version of the tables that this library reads and writes."""


def held_version(connection: Connection) -> int:
    """Return the version of the tables that a database holds; 0 where it holds none."""
    if not inspect(connection).has_table(ledger_table.name):
        return 0
    return int(connection.execute(select(ledger_table.c.version)).scalar_one())


def migrate(connection: Connection) -> int:
    """Bring the tables to the present version, inside the caller's transaction.

    Returns:
        the version that was there before.

    Raises:
        LedgerError: the tables are of a newer version (NEWER_SCHEMA).
    """
    held = held_version(connection)
    if held > len(MIGRATIONS):
        raise _newer(held)
    for step in MIGRATIONS[held:]:
        step(connection)
    connection.execute(update(ledger_table).values(version=len(MIGRATIONS)))
    return held


def require_version(held: object) -> None:
    """Refuse tables of another version than ours.

    Raises:
        LedgerError: there are none (NO_TABLES), or they are newer (NEWER_SCHEMA) or older
            (OLDER_SCHEMA).
    """
    if held == SCHEMA_VERSION:
        return
    if held == 0:
        raise no_tables()
    if not isinstance(held, int) or held > SCHEMA_VERSION:
        raise _newer(held)
    message = (
        f"the ledger's tables are of version {held}, this library's of {SCHEMA_VERSION}: "
        "run `residency ledger upgrade`"
    )
    raise LedgerError(message, kind=ErrorKind.OLDER_SCHEMA, value=held)


def _newer(held: object) -> LedgerError:
    message = (
        f"the ledger's tables are of version {held}, newer than {len(MIGRATIONS)}, the newest that "
        "this library knows: upgrade the library"
    )
    return LedgerError(message, kind=ErrorKind.NEWER_SCHEMA, value=held)
