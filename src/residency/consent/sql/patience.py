"""A connection to SQLite that waits for locks as long as it is told each time."""

from __future__ import annotations

import sqlite3
from typing import Final, final

__all__ = ["PatientConnection"]

_ENOUGH: Final = 0.9


@final
class PatientConnection(sqlite3.Connection):
    """A connection whose patience can be changed, at no cost where it need not be."""

    _patience: float = 0.0

    def wait_for_locks(self, seconds: float) -> None:
        """From now on wait for a lock about so long: never longer by more than a ninth."""
        if not _ENOUGH * self._patience <= seconds <= self._patience:
            self.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")
            self._patience = seconds
