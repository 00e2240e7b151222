"""Writing receipts to a file, off the path on which decisions are made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from types import TracebackType
from typing import Self, final

from residency.checks import require_instance
from residency.consent import ConsentEvent, Ledger
from residency.errors import ErrorKind, ReceiptError, quote
from residency.receipts.chain import ReceiptHead, link_of, require_linkable
from residency.receipts.locking import let_go
from residency.receipts.opening import open_receipts
from residency.receipts.pseudonyms import Pseudonyms
from residency.receipts.receipt import Body, reads_ledger, receipt_of
from residency.table import Subject
from residency.transfer import Context, Decision, Reason

__all__ = ["ReceiptWriter"]

_MOST_WAITING = 10_000
_MOST_AT_ONCE = 1_000


def _now() -> datetime:
    return datetime.now(UTC)


@final
class ReceiptWriter:
    """Appends a receipt for each decision that it is told of to a file of JSON Lines.

    Telling it costs the making of the receipt, and for a decision that depended on consents one
    look into the ledger; a thread of its own chains the receipts and writes them. All calls may
    come from any thread. One process writes to a file; another that tries is refused.

    What waits in the queue is lost if the process is killed; what :meth:`flush` returned for is
    not. A line that was cut off by a crash is removed when the file is opened again.

    Args:
        path: the file; it is made if there is none, for its owner alone to read.
        ledger: the ledger that the guard decides with; None where it has none.
        pseudonyms: replace what identifies people; None to keep it.
        exemptions: as the guard was told.
        fsync: whether to have the operating system put each batch on the disk. Without, a crash of
            the machine may take what was flushed.
        clock: tells the moment of recording, for a decision whose context has none.

    Raises:
        ReceiptError: the file cannot be opened or is another process's (UNAVAILABLE), or does not
            end in a receipt (UNREADABLE). One that holds anything else stays as it is.
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
        self._file, self._head = open_receipts(Path(path))
        self._process = os.getpid()
        self._failure: Exception | None = None
        self._closing = Lock()
        self._waiting: Queue[Body | None] = Queue(_MOST_WAITING)
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
        when, and the event which. Nor does a decision tell its own moment: give both the guard and
        the receipt a context with one, or a consent may have expired in between.

        Args:
            decision: what the guard decided.
            subject: the account or designation that it was asked about.
            to: the destination, as it was asked.
            context: the context, as it was asked.
            at: the moment of the decision, where the context has none; the present if left out.

        Raises:
            ReceiptError: an earlier receipt could not be written, or the writer was closed
                (UNAVAILABLE).
            InputError: an argument is of another type, the moment is naive, the receipt would hold
                what JSON cannot (INVALID_CHAR), or its line would be longer than 16 MiB
                (TOO_LARGE). It is not written; the others are.
        """
        self._check()
        require_instance(decision, Decision, "the decision")
        body = receipt_of(
            decision,
            subject,
            to=to,
            at=at or self._clock(),
            context=context,
            # Read here, not by the thread: by then there may be more of them.
            events=self._events(decision, subject),
            exemptions=self._exemptions,
            pseudonyms=self._pseudonyms,
        )
        # Nothing that the thread could not write comes to it, so that only the disk can fail there.
        self._waiting.put(require_linkable(body))

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
                self._end(thread)
        if self._failure is not None:
            raise self._unavailable() from self._failure
        return self._head

    def _end(self, thread: Thread) -> None:
        try:
            # A forked process has no such thread, and what is held is its parent's.
            with self._file:
                if self._process == os.getpid():
                    self._waiting.put(None)
                    thread.join()
                    let_go(self._file)
        except OSError as error:  # a disk may tell only now that it is full
            self._failure = self._failure or error

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
            bodies = [body for body in batch if body is not None]
            closing = len(bodies) < len(batch)
            try:
                if self._failure is None:
                    self._write(bodies)
            except Exception as error:  # noqa: BLE001 - told to whoever records, flushes or closes
                self._failure = error
            for _ in batch:
                self._waiting.task_done()

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
        self._head = head
