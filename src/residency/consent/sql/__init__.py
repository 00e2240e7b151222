"""The consent ledger in a database: SQLite, or PostgreSQL by psycopg."""

from importlib import import_module

from residency.errors import ErrorKind as _ErrorKind
from residency.errors import MissingExtraError as _MissingExtraError

try:
    for _needed in ("sqlalchemy", "tenacity"):
        import_module(_needed)
except ImportError as error:
    message = (
        f"a ledger in a database needs {error.name}: "
        "install `residency[sql]`, or `residency[postgres]` for PostgreSQL"
    )
    raise _MissingExtraError(message, kind=_ErrorKind.MISSING_EXTRA) from error

from residency.consent.sql.administration import (
    LedgerStatus,
    create_ledger,
    ledger_status,
    upgrade_ledger,
)
from residency.consent.sql.chain import Break, Damage, Head
from residency.consent.sql.store import SqlStore, open_store
from residency.consent.sql.verification import (
    Verification,
    ledger_head,
    stored_events,
    verify_ledger,
)

__all__ = [
    "Break",
    "Damage",
    "Head",
    "LedgerStatus",
    "SqlStore",
    "Verification",
    "create_ledger",
    "ledger_head",
    "ledger_status",
    "open_store",
    "stored_events",
    "upgrade_ledger",
    "verify_ledger",
]
