"""Deadlines: the moment, on the monotonic clock, by which a call must have its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, Protocol, TypeVar, final

__all__ = ["Deadline", "TimedLock", "within"]


class _Closable(Protocol):
    """What can be closed: a connection."""

    def close(self) -> None:
        """Give it back."""
        ...


_C = TypeVar("_C", bound=_Closable)


@final
class Deadline(threading.local):
    """The deadline of the call that this thread is in the middle of."""

    at: float = 0.0

    @property
    def seconds(self) -> float:
        """How long there is left; never negative."""
        return max(0.0, self.at - monotonic())


@final
class TimedLock:
    """A lock that is waited for until the deadline, so that those who queue all give up in time."""

    def __init__(self, deadline: Deadline, busy: str) -> None:
        self._deadline = deadline
        self._busy = busy
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._deadline.seconds):
            message = f"other threads were {self._busy} all the time allowed"
            raise TimeoutError(message)

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@final
class _Attempt(Generic[_C]):
    """One attempt to connect, which may end after nobody waits for it any more."""

    def __init__(self, connect: Callable[[], _C]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._abandoned = False
        self.connection: _C | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            connection = self._connect()
        except BaseException as error:  # noqa: BLE001 - raised where the result is waited for
            self.error = error
        else:
            with self._lock:
                if self._abandoned:
                    connection.close()
                else:
                    self.connection = connection
        self._done.set()

    def wait(self, seconds: float) -> _C:
        self._done.wait(seconds)
        with self._lock:
            if self.connection is not None:
                return self.connection
            self._abandoned = True
        raise self.error or TimeoutError("no connection within the time allowed")


def within(seconds: float, connect: Callable[[], _C]) -> _C:
    """Connect, or give up after so many seconds, whatever the driver is waiting for.

    Args:
        seconds: how long to wait.
        connect: makes a connection; one that comes too late is closed.

    Raises:
        TimeoutError: there was none in time.
    """
    attempt = _Attempt(connect)
    # A thread of its own: name look-up and handshake know no deadline. It ends with its attempt.
    threading.Thread(target=attempt.run, name="residency-connect", daemon=True).start()
    return attempt.wait(seconds)
