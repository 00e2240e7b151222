"""Writing receipts to a file, off the path on which decisions are made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, final

from residency.checks import require_instance
from residency.consent import ConsentEvent, Ledger
from residency.errors import ErrorKind, ReceiptError, quote
from residency.receipts.chain import GENESIS, link_of, read_line
from residency.receipts.locking import hold
from residency.receipts.pseudonyms import Pseudonyms
from residency.receipts.receipt import reads_ledger, receipt_of
from residency.table import Subject
from residency.transfer import Context, Decision, Reason

__all__ = ["ReceiptHead", "ReceiptWriter"]

_MOST_WAITING = 10_000
_MOST_AT_ONCE = 1_000
_CHUNK = 65_536


class ReceiptHead(NamedTuple):
    """The end of a chain of receipts: the number of the last one, and its hash."""

    sequence: int
    hash: str


class _Call(NamedTuple):
    """A decision that waits to be written down, with what it rested on."""

    decision: Decision
    subject: Subject
    to: str | Iterable[str]
    context: Context | None
    at: datetime
    events: tuple[ConsentEvent, ...] | None


def _now() -> datetime:
    return datetime.now(UTC)


@final
class ReceiptWriter:
    """Appends a receipt for each decision that it is told of to a file of JSON Lines.

    Telling it costs a place in a queue, and for a decision that depended on consents one look into
    the ledger; a thread of its own makes the receipts and writes them. All calls may come from any
    thread. One process writes to a file; another that tries is refused.

    What waits in the queue is lost if the process is killed; what :meth:`flush` returned for is
    not. A line that was cut off by a crash is removed when the file is opened again.

    Args:
        path: the file; it is made if there is none, for its owner alone to read.
        ledger: the ledger that the guard decides with; None where it has none.
        pseudonyms: replace what identifies people; None to keep it.
        exemptions: as the guard was told.
        fsync: whether to have the operating system put each batch on the disk. Without, a crash of
            the machine may take what was flushed.
        clock: tells the moment of a decision whose context has none.

    Raises:
        ReceiptError: the file cannot be opened or is another process's (UNAVAILABLE), or does not
            end in a receipt (UNREADABLE).
    """

    def __init__(
        self,
        path: str | Path,
        *,
        ledger: Ledger | None = None,
        pseudonyms: Pseudonyms | None = None,
        exemptions: bool = True,
        fsync: bool = True,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._ledger = None if ledger is None else require_instance(ledger, Ledger, "the ledger")
        self._pseudonyms = pseudonyms
        self._exemptions = exemptions
        self._fsync = fsync
        self._clock = clock
        self._name = str(path)
        self._file = _open(Path(path))
        try:
            self._head = _resume(self._file, self._name)
        except BaseException:
            self._file.close()
            raise
        self._process = os.getpid()
        self._failure: Exception | None = None
        self._closing = Lock()
        self._waiting: Queue[_Call | None] = Queue(_MOST_WAITING)
        self._thread: Thread | None = Thread(target=self._run, name="receipts", daemon=True)
        self._thread.start()

    def record(
        self,
        decision: Decision,
        subject: Subject,
        *,
        to: str | Iterable[str],
        context: Context | None = None,
        at: datetime | None = None,
    ) -> None:
        """Take a decision to be written down, right after it was made.

        Where it depended on consents, the receipt holds the events as the ledger has them now. If
        one was added since the decision, replaying the receipt may differ: such a receipt says
        when, and the event which.

        Args:
            decision: what the guard decided.
            subject: the account or designation that it was asked about.
            to: the destination, as it was asked.
            context: the context, as it was asked.
            at: the moment of the decision; the context's, or else the present if left out.

        Raises:
            ReceiptError: an earlier receipt could not be written, or the writer was closed
                (UNAVAILABLE).
            InputError: an argument is of another type.
        """
        self._check()
        require_instance(decision, Decision, "the decision")
        moment = at or (context and context.at) or self._clock()
        # Read here, not by the thread: by then there may be more of them.
        events = self._events(decision, subject)
        self._waiting.put(_Call(decision, subject, to, context, moment, events))

    def flush(self) -> ReceiptHead:
        """Wait until all that was recorded is in the file, and return where the chain ends.

        Raises:
            ReceiptError: a receipt could not be written (UNAVAILABLE).
        """
        self._check()
        self._waiting.join()
        self._check()
        return self._head

    def close(self) -> ReceiptHead:
        """Write what is left, and close the file; calling it again changes nothing.

        Returns:
            Where the chain ends: keep it where those who can write the file cannot change it.

        Raises:
            ReceiptError: a receipt could not be written (UNAVAILABLE).
        """
        with self._closing:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._waiting.put(None)
                thread.join()
                self._file.close()
        if self._failure is not None:
            raise self._unavailable() from self._failure
        return self._head

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._unavailable() from self._failure
        if self._thread is None or self._process != os.getpid():
            message = f"the receipts in {quote(self._name)} are closed here: open a writer"
            raise ReceiptError(message, kind=ErrorKind.UNAVAILABLE)

    def _unavailable(self) -> ReceiptError:
        message = f"a receipt could not be written to {quote(self._name)}: look at the disk"
        return ReceiptError(message, kind=ErrorKind.UNAVAILABLE)

    def _events(self, decision: Decision, subject: Subject) -> tuple[ConsentEvent, ...] | None:
        if decision.reason is Reason.LEDGER_UNAVAILABLE:
            return None
        if self._ledger is None or not reads_ledger(decision):
            return ()
        try:
            return tuple(self._ledger.events(subject.id))
        except Exception:  # noqa: BLE001 - a ledger may fail in any way; the receipt says that it did
            return None

    def _run(self) -> None:
        closing = False
        while not closing:
            batch = [self._waiting.get()]
            while len(batch) < _MOST_AT_ONCE:
                try:
                    batch.append(self._waiting.get_nowait())
                except Empty:
                    break
            calls = [call for call in batch if call is not None]
            closing = len(calls) < len(batch)
            try:
                if self._failure is None:
                    self._write(calls)
            except Exception as error:  # noqa: BLE001 - told to whoever records, flushes or closes
                self._failure = error
            for _ in batch:
                self._waiting.task_done()

    def _write(self, calls: list[_Call]) -> None:
        head, lines = self._head, b""
        for call in calls:
            body = receipt_of(
                call.decision,
                call.subject,
                to=call.to,
                at=call.at,
                context=call.context,
                events=call.events,
                exemptions=self._exemptions,
                pseudonyms=self._pseudonyms,
            )
            line, digest = link_of(body, head.sequence + 1, head.hash)
            head, lines = ReceiptHead(head.sequence + 1, digest), lines + line
        self._file.write(lines)
        self._file.flush()
        if self._fsync:
            os.fsync(self._file.fileno())
        self._head = head


def _open(path: Path) -> BinaryIO:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no file can have this path").lower()
        message = f"the receipts cannot be opened in {quote(str(path))}: {reason}"
        raise ReceiptError(message, kind=ErrorKind.UNAVAILABLE) from None
    file = os.fdopen(descriptor, "r+b")
    if not hold(file):
        file.close()
        message = f"another writer holds {quote(str(path))}: give each process a file of its own"
        raise ReceiptError(message, kind=ErrorKind.UNAVAILABLE)
    return file


def _resume(file: BinaryIO, name: str) -> ReceiptHead:
    """Go to the end of the last whole line, cut off what follows it, and return the chain's end."""
    end = _after_last_feed(file, file.seek(0, os.SEEK_END))
    file.truncate(end)
    start = _after_last_feed(file, end - 1)
    file.seek(start)
    last = file.read(end - start)
    if not last:
        return ReceiptHead(0, GENESIS)
    held = read_line(last)
    if held is None:
        message = f"{quote(name)} does not end in a receipt: check it by `residency replay`"
        raise ReceiptError(message, kind=ErrorKind.UNREADABLE)
    return ReceiptHead(held["sequence"], held["hash"])


def _after_last_feed(file: BinaryIO, end: int) -> int:
    """Return the place after the last line feed before ``end``; 0 if there is none."""
    while end > 0:
        start = max(0, end - _CHUNK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
