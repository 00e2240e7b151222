"""Writing receipts to a file, off the path on which decisions are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, final

from residency.checks import require_instance
from residency.consent import ConsentEvent, Ledger
from residency.receipts.appender import Appender
from residency.receipts.chain import ReceiptHead
from residency.receipts.pseudonyms import Pseudonyms
from residency.receipts.receipt import reads_ledger, receipt_of
from residency.table import Subject
from residency.transfer import Context, Decision, Reason

__all__ = ["ReceiptWriter"]


def _now() -> datetime:
    return datetime.now(UTC)


@final
class ReceiptWriter:
    """Appends a receipt for each decision that it is told of to a file of JSON Lines.

    Telling it costs the making of the receipt, and for a decision that depended on consents one
    look into the ledger; a thread of its own chains the receipts and writes them. All calls may
    come from any thread. One process writes to a file; another that tries is refused.

    What waits in the queue is lost if the process is killed; what :meth:`flush` returned for is
    not. A last line that was cut off by a crash is removed when the file is opened again; one that
    lacks only its line feed is completed.

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
            end in a receipt, whole or begun (UNREADABLE), and stays as it is.
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
        self._clock = clock
        self._appender = Appender(Path(path), fsync=fsync)

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
        self._appender.put(body)

    def flush(self) -> ReceiptHead:
        """Wait until all that was recorded is in the file, and return where the chain ends.

        Raises:
            ReceiptError: a receipt could not be written, or the writer was closed (UNAVAILABLE).
        """
        return self._appender.flush()

    def close(self) -> ReceiptHead:
        """Write what is left, and close the file; calling it again changes nothing.

        Who is interrupted as it waits can call it again: the receipts are written meanwhile.

        Returns:
            Where the chain ends: keep it where those who can write the file cannot change it.

        Raises:
            ReceiptError: a receipt could not be written (UNAVAILABLE).
        """
        return self._appender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _events(self, decision: Decision, subject: Subject) -> tuple[ConsentEvent, ...] | None:
        if decision.reason is Reason.LEDGER_UNAVAILABLE:
            return None
        if self._ledger is None or not reads_ledger(decision):
            return ()
        try:
            return tuple(self._ledger.events(subject.id))
        except Exception:  # noqa: BLE001 - a ledger may fail in any way; the receipt says that it did
            return None
