"""Opening the ledger that a URL names."""

from __future__ import annotations

from residency.checks import require_str
from residency.consent.ledger import Ledger
from residency.consent.store import MemoryStore
from residency.errors import ErrorKind, LedgerError, quote

__all__ = ["open_ledger"]

_DATABASES = frozenset(("postgresql", "sqlite"))


def open_ledger(url: str, *, max_staleness: float = 1.0, timeout: float = 5.0) -> Ledger:
    """Open the ledger that a URL names.

    Nothing is connected yet: a database that cannot be reached denies until it can be.

    Args:
        url: ``memory:`` for a ledger that lives and dies with this process,
            ``sqlite:///PATH`` (extra ``sql``), or
            ``postgresql://USER:PASSWORD@HOST/DATABASE`` (extra ``postgres``). The tables must
            have been made, by ``residency ledger init`` or ``create_ledger``.
        max_staleness: for how many seconds an answer may be kept before it is asked again whether
            another process changed it; 0 means each time.
        timeout: for how many seconds a call may wait for the database before it fails.

    Raises:
        InputError: the URL is not text (TYPE).
        LedgerError: the URL names no kind of ledger that this version knows (UNKNOWN_LEDGER).
        MissingExtraError: what that kind of ledger needs is not installed.
    """
    url = require_str(url, "the ledger")
    if url == "memory:":
        return Ledger(MemoryStore())
    if url.partition(":")[0].partition("+")[0] not in _DATABASES:
        # What may hold a password is neither shown nor kept.
        shown = "this URL" if "@" in url or "?" in url else quote(url)
        message = (
            f"no ledger is known by {shown}: use `memory:`, `sqlite:///PATH` or `postgresql://…`"
        )
        raise LedgerError(message, kind=ErrorKind.UNKNOWN_LEDGER)
    from residency.consent.sql import open_store  # optional, and slow to import

    return Ledger(open_store(url, max_staleness=max_staleness, timeout=timeout))
