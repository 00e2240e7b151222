"""What a driver raises, as the one error that a ledger raises, and what is worth a second try."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError

from residency.errors import ErrorKind, LedgerError, quote

__all__ = ["is_transient", "no_tables", "unavailable"]

_MISSING_TABLE: Final = ("no such table", "UndefinedTable")
# Serialization failures and deadlocks: the transaction was undone, and may be done again.
_UNDONE: Final = "40"
_READ_ONLY: Final = "SQLITE_READONLY"


def is_transient(error: BaseException) -> bool:
    """Say whether the same call may well succeed at once: on a new connection, or after a deadlock.

    A connection of SQLite that was opened while the file was read-only stays so; a new one may not.

    A server that refuses connections, a lock that is held for too long and a full disk are not: to
    wait for those is for the caller to choose.
    """
    if isinstance(error, DBAPIError):
        state: object = getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated or str(state).startswith(_UNDONE)
    return str(getattr(error, "sqlite_errorname", "")).startswith(_READ_ONLY)


def no_tables() -> LedgerError:
    """Return the error to raise where the tables have not been made."""
    message = "the ledger has no tables: run `residency ledger init`"
    return LedgerError(message, kind=ErrorKind.NO_TABLES)


def unavailable(error: BaseException, action: str) -> LedgerError:
    """Return the error to raise for what went wrong in a database.

    The message names the failure without what was looked for: no personal data.

    Args:
        error: what the driver, or the connection pool, raised.
        action: what could not be done, such as ``read``.
    """
    if isinstance(error, FileNotFoundError):  # a file of SQLite that nobody made yet
        return no_tables()
    cause: object = error.orig if isinstance(error, DBAPIError) else error
    name = type(cause).__name__
    first_line = str(cause).partition("\n")[0]
    # What psycopg says first is the server's address; why it failed comes last.
    reason = first_line.rpartition("failed: ")[2]
    if any(sign in text for sign in _MISSING_TABLE for text in (name, first_line)):
        return no_tables()
    message = f"the ledger cannot be {action}: {name} {quote(reason)}: see to the database"
    return LedgerError(message, kind=ErrorKind.UNAVAILABLE)
