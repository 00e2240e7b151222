"""Freshness on SQLite: ``PRAGMA data_version``, and whether it is still the same file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import final

from residency.consent.sql.chain import Head
from residency.consent.sql.deadline import Deadline, TimedLock
from residency.consent.sql.freshness import STALE, Subscriber
from residency.consent.sql.patience import PatientConnection
from residency.consent.store import Freshness

__all__ = ["DataVersionWatch"]


@final
class DataVersionWatch:
    """Asks SQLite whether any other connection has committed; that takes a few microseconds.

    What this process itself writes looks like a change too: all is forgotten once more, which
    costs one look-up each and is never wrong.

    Args:
        connect: opens a connection that is used for nothing else.
        path: the file.
        deadline: by when a look must be done.
        max_staleness: for how many seconds one look is good.
        tell: tells the subscribers.
        store: whose ``fresh_until`` it moves.
    """

    def __init__(
        self,
        connect: Callable[[], PatientConnection],
        path: Path,
        deadline: Deadline,
        max_staleness: float,
        *,
        tell: Subscriber,
        store: Freshness,
    ) -> None:
        self._connect = connect
        self._path = path
        self._max_staleness = max_staleness
        self._tell = tell
        self._store = store
        self._deadline = deadline
        self._lock = TimedLock(deadline, "looking")
        self._connection: PatientConnection | None = None
        self._inherited: list[object] = []
        self._file: tuple[int, int] | None = None
        self._seen: object = None

    def refresh(self) -> None:
        """Look now, and move ``fresh_until`` on; see :class:`Watch`."""
        started = monotonic()
        with self._lock:
            try:
                seen = self._look()
            except BaseException:
                self._drop()
                raise
            if seen != self._seen:
                self._tell(None)
                self._seen = seen
            self._store.fresh_until = max(self._store.fresh_until, started + self._max_staleness)

    def _look(self) -> object:
        status = os.stat(self._path)  # noqa: PTH116 - half the cost
        file = status.st_dev, status.st_ino
        if self._connection is None or file != self._file:
            # The number means something to one connection only, and that has one file only.
            self._drop()
            self._connection = self._connect()
            self._file = file
        self._connection.wait_for_locks(self._deadline.seconds)
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        # What something else than SQLite writes shows in the file's time alone.
        return version, status.st_mtime_ns, status.st_size

    def _drop(self) -> None:
        self._seen = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def appended(self, head: Head, previous: str, account: str) -> None:  # noqa: ARG002 - the file tells
        """Tell the subscribers of an event that this process appended."""
        self._tell(account)

    def after_fork(self) -> None:
        """Start anew in the child of a ``fork``, without even closing the parent's connection."""
        self._inherited.append(self._connection)
        self._connection, self._seen, self._store.fresh_until = None, None, STALE
        self._lock = TimedLock(self._deadline, "looking")

    def close(self) -> None:
        """Stop watching."""
        with self._lock:
            self._drop()
