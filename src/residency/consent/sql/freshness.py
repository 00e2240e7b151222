"""Freshness: until when what was read may be relied on, though another process may have changed it.

All times are seconds of ``time.monotonic``: setting the clock does not stretch them, and a process
that was paused finds that they have passed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from residency.consent.sql.chain import Head

__all__ = ["STALE", "Subscriber", "Watch"]

Subscriber: TypeAlias = Callable[[str | None], None]
"""Called with the account whose events changed, or with None if it may be any."""

STALE: Final = float("-inf")
"""A moment that has always passed."""


class Watch(Protocol):
    """Watches a database for what other processes write.

    INVARIANT (freshness): the store's ``fresh_until`` is moved on only after the subscribers have
    forgotten whatever changed before the moment that it is counted from.
    """

    def refresh(self) -> None:
        """Look now, tell the subscribers if anything changed, and move the bound on."""
        ...

    def appended(self, head: Head, previous: str, account: str) -> None:
        """Tell the subscribers of an event that this process appended.

        Args:
            head: the event's position and hash.
            previous: the hash before it.
            account: whose event it is.
        """
        ...

    def after_fork(self) -> None:
        """Start anew in the child of a ``fork``."""
        ...

    def close(self) -> None:
        """Stop watching."""
        ...
