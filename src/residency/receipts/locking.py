"""Holding a file for one process alone, for as long as it is open."""

from __future__ import annotations

import sys
from typing import BinaryIO

__all__ = ["hold"]

if sys.platform == "win32":  # pragma: no cover - only on Windows
    import msvcrt

    # A byte far beyond the end: on Windows a locked byte cannot be read by others.
    _FAR = 2**62

    def hold(file: BinaryIO) -> bool:
        """Hold a file until it is closed; return False if another process holds it."""
        position = file.tell()
        try:
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(position)
        return True

else:
    import fcntl

    def hold(file: BinaryIO) -> bool:
        """Hold a file until it is closed; return False if it is held already."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
