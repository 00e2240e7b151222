"""What is to be done when the process forks, on systems where a process can."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock

__all__ = ["after_fork_in_child", "hold_over_fork"]


def after_fork_in_child(call: Callable[[], None]) -> None:
    """Have something called in each child, for as long as this process lives."""
    register = getattr(os, "register_at_fork", None)
    if register is not None:
        register(after_in_child=call)


def hold_over_fork(lock: Lock) -> None:
    """Have each fork wait for a lock, so that the child finds whole what the lock protects.

    Without it, a child whose parent was at work just then would wait for ever for a thread that it
    does not have. The lock must be one that is held for a moment only, and with no other.
    """
    register = getattr(os, "register_at_fork", None)
    if register is not None:
        register(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
