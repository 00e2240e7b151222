"""Appending receipts to a file: a queue, and the one thread that writes what waits there."""

from __future__ import annotations

import os
from collections import deque
from itertools import islice
from pathlib import Path
from threading import Condition, RLock, Thread
from typing import final
from weakref import WeakSet

from residency.consent.fork import after_fork_in_child
from residency.errors import ErrorKind, ReceiptError, quote
from residency.receipts.chain import ReceiptHead, link_of, require_linkable
from residency.receipts.locking import let_go
from residency.receipts.opening import open_receipts
from residency.receipts.receipt import Body

__all__ = ["Appender"]

_MOST_WAITING = 10_000
_MOST_AT_ONCE = 1_000

# An appender is open, then closed, then ended:
#
#     open      `put` adds to what waits, and the thread writes it.
#     closed    `put` refuses, and the thread writes what still waits. `close` brings it here.
#     ended     the thread is done: all is written, or there is a failure; and the file is closed.
#
# The file is the thread's alone, to the end: whoever waits in `close` may be interrupted there, and
# wait again. What waits stays in the queue until it is in the file. A forked process has neither
# the thread nor the file: to it each appender has ended.


@final
class Appender:
    """Chains receipts and writes them to a file, in the order in which they come.

    All calls may come from any thread. Each receipt that :meth:`put` took is written, or there is a
    failure, which every later call tells.

    Args:
        path: the file.
        fsync: whether to have the operating system put each batch on the disk.

    Raises:
        ReceiptError: as :func:`residency.receipts.opening.open_receipts` does.
    """

    def __init__(self, path: Path, *, fsync: bool) -> None:
        self._name = str(path)
        self._fsync = fsync
        self._file, self._head = open_receipts(path)
        self._waiting: deque[Body] = deque()
        self._closed = self._ended = False
        self._failure: BaseException | None = None
        self._renew_lock()
        _APPENDERS.add(self)
        try:
            Thread(target=self._run, name="receipts", daemon=True).start()
        except RuntimeError as error:
            self._file.close()
            message = f"no thread can be started to write {quote(self._name)}: end some others"
            raise ReceiptError(message, kind=ErrorKind.UNAVAILABLE) from error

    def _renew_lock(self) -> None:
        # Taken by itself, and not as the condition: that is code of Python, in which an interrupt
        # could leave it taken.
        self._lock = RLock()
        self._changed = Condition(self._lock)

    def put(self, body: Body) -> None:
        """Take a receipt to be written; wait while too many do.

        Raises:
            ReceiptError: an earlier one could not be written, or it is closed (UNAVAILABLE).
            InputError: this one could not, wherever its place (INVALID_CHAR, TOO_LARGE).
        """
        # Nothing that the thread could not write comes to it, so that only the disk can fail there.
        require_linkable(body)
        with self._lock:
            self._changed.wait_for(lambda: self._closed or len(self._waiting) < _MOST_WAITING)
            self._require_open()
            # Nobody wakes before the lock is free; told first, an interrupt leaves nobody asleep.
            self._changed.notify_all()
            self._waiting.append(body)
            if self._ended:  # a signal's handler closed it meanwhile: nobody would write this
                self._waiting.pop()
                self._require_open()

    def flush(self) -> ReceiptHead:
        """Wait until all that was put is in the file, and return where the chain ends.

        Raises:
            ReceiptError: a receipt could not be written, or it is closed (UNAVAILABLE).
        """
        with self._lock:
            self._require_open()
            last = self._head.sequence + len(self._waiting)
            self._changed.wait_for(lambda: self._ended or self._head.sequence >= last)
        return self._end_of_chain()

    def close(self) -> ReceiptHead:
        """Write what waits, close the file, and return where the chain ends.

        Raises:
            ReceiptError: a receipt could not be written (UNAVAILABLE).
        """
        with self._lock:
            self._changed.notify_all()
            self._closed = True
            # Not `Thread.join`: once interrupted, it takes the thread for done, until Python 3.13.
            self._changed.wait_for(lambda: self._ended)
        return self._end_of_chain()

    def after_fork(self) -> None:
        """Leave all to the parent; called in the child of each ``fork``."""
        self._renew_lock()  # a thread that is not here may hold it
        self._waiting.clear()
        self._closed = self._ended = True
        self._file.close()  # or the file would be held for as long as the child lives

    def _require_open(self) -> None:
        self._end_of_chain()
        if self._closed:
            message = f"the receipts in {quote(self._name)} are closed here: open a writer"
            raise ReceiptError(message, kind=ErrorKind.UNAVAILABLE)

    def _end_of_chain(self) -> ReceiptHead:
        if self._failure is not None:
            message = f"a receipt could not be written to {quote(self._name)}: look at the disk"
            raise ReceiptError(message, kind=ErrorKind.UNAVAILABLE) from self._failure
        return self._head

    def _run(self) -> None:
        try:
            with self._file:  # a disk may tell only as it is closed that it is full
                try:
                    while bodies := self._next():
                        self._write(bodies)
                finally:
                    let_go(self._file)
        except BaseException as error:  # noqa: BLE001 - told to whoever puts, flushes or closes
            self._failure = error
        finally:
            with self._lock:
                self._closed = self._ended = True
                self._changed.notify_all()

    def _next(self) -> list[Body]:
        """Wait for receipts, and return some; none once it is closed and no more wait."""
        with self._lock:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            return list(islice(self._waiting, _MOST_AT_ONCE))

    def _write(self, bodies: list[Body]) -> None:
        head, lines = self._head, bytearray()
        for body in bodies:
            line, digest = link_of(body, head.sequence + 1, head.hash)
            head = ReceiptHead(head.sequence + 1, digest)
            lines += line
        rest = memoryview(lines)
        while rest:  # a disk that fills up takes a part at first
            rest = rest[self._file.write(rest) :]
        if self._fsync:
            os.fsync(self._file.fileno())
        with self._lock:
            self._head = head
            for _ in bodies:
                self._waiting.popleft()
            self._changed.notify_all()


_APPENDERS: WeakSet[Appender] = WeakSet()


def _after_fork() -> None:
    for appender in list(_APPENDERS):
        appender.after_fork()


after_fork_in_child(_after_fork)
