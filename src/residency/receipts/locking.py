"""Holding a file for one process alone, until it lets go."""

from __future__ import annotations

import sys
from io import FileIO

__all__ = ["hold", "let_go"]

if sys.platform == "win32":  # pragma: no cover - only on Windows
    import msvcrt

    # A byte far beyond the end: on Windows a locked byte cannot be read by others.
    _FAR = 2**62

    def _lock(file: FileIO, how: int) -> None:
        position = file.tell()
        try:
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), how, 1)
        finally:
            file.seek(position)

    def hold(file: FileIO) -> bool:
        """Hold a file until it is let go or closed; return False if it is held already."""
        try:
            _lock(file, msvcrt.LK_NBLCK)
        except OSError:
            return False
        return True

    def let_go(file: FileIO) -> None:
        """Let a file go that is held."""
        _lock(file, msvcrt.LK_UNLCK)

else:
    import fcntl

    def hold(file: FileIO) -> bool:
        """Hold a file until it is let go or closed; return False if it is held already."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def let_go(file: FileIO) -> None:
        """Let a file go that is held: closing it would not, while a forked process has it open."""
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
