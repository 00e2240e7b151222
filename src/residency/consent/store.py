"""Where a ledger keeps its events: what a database implements, and a store in memory.

A store has the three calls of :class:`EventStore`. The other protocols are what it may offer on
top: to be read without blocking, to tell of changes, to be changed by other processes.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol, final, runtime_checkable

from residency.checks import require_instance
from residency.consent.event import ConsentEvent
from residency.consent.fork import hold_over_fork
from residency.errors import ConsentError, ErrorKind, quote

__all__ = ["AsyncEventStore", "EventStore", "Freshness", "MemoryStore", "ObservableStore"]


@runtime_checkable
class EventStore(Protocol):
    """Where a ledger keeps its events. All calls may come from any thread."""

    def append(self, event: ConsentEvent) -> bool:
        """Add an event for good; return False if it is held already, so that nothing changed.

        Raises:
            ConsentError: another event has its id, or another account its record id (CONFLICT).
            LedgerError: the store cannot be written.
        """
        ...

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return all events of an account, in any order.

        Once :meth:`append` has returned, every later call, from any thread, returns the event.
        """
        ...

    def account_of(self, record_id: str) -> str | None:
        """Return the account that a record belongs to; None for an unknown record."""
        ...


@runtime_checkable
class AsyncEventStore(Protocol):
    """A store that can also be read without blocking the event loop."""

    async def events_async(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return what :meth:`EventStore.events` returns."""
        ...


@runtime_checkable
class ObservableStore(Protocol):
    """A store that tells of changes, so that what was read from it may be kept until then."""

    def subscribe(self, callback: Callable[[str | None], None]) -> None:
        """Have ``callback`` called with the account of each event, for as long as the store lives.

        It is called after an event is held for good and before :meth:`EventStore.append` returns,
        also where the event was held already. It is called with None where any account may have
        changed. A store that others change too calls it for their changes when it learns of them.
        It is called from any thread, is quick, and must not call the store.
        """
        ...


@runtime_checkable
class Freshness(Protocol):
    """What a store that other processes change says of how far it knows their changes.

    Attributes:
        fresh_until: until when, by :func:`time.monotonic`, what was kept may be used without
            looking again. A process that slept through it does not rely on what it kept.
    """

    fresh_until: float

    def refresh(self) -> None:
        """Look for changes by others, tell the subscribers, then set ``fresh_until``.

        Raises:
            LedgerError: the store could not look.
        """
        ...


@final
class MemoryStore:
    """Events in this process's memory: for tests, demonstrations and short-lived tools."""

    __slots__ = ("_account_of", "_by_account", "_by_id", "_callbacks", "_lock")

    def __init__(self) -> None:
        self._lock = Lock()
        hold_over_fork(self._lock)
        self._callbacks: tuple[Callable[[str | None], None], ...] = ()
        self._by_id: dict[str, ConsentEvent] = {}
        self._by_account: dict[str, tuple[ConsentEvent, ...]] = {}
        self._account_of: dict[str, str] = {}

    def append(self, event: ConsentEvent) -> bool:
        """Add an event; see :meth:`EventStore.append`."""
        require_instance(event, ConsentEvent, "the event", error=ConsentError)
        new = self._add(event)
        # INVARIANT (finality): also for an event that is held already, because the thread that
        # appended it may not have told everybody yet.
        failed: Exception | None = None
        for callback in self._callbacks:
            try:
                callback(event.account)
            except Exception as error:  # noqa: BLE001 - one that fails must not keep it from others
                failed = failed or error
        if failed is not None:
            raise failed
        return new

    def _add(self, event: ConsentEvent) -> bool:
        with self._lock:
            held = self._by_id.get(event.event_id)
            if held is not None:
                if not event.repeats(held):
                    message = (
                        f"event {quote(event.event_id)} is held with other contents: use a new id"
                    )
                    raise ConsentError(message, kind=ErrorKind.CONFLICT, value=event)
                return False
            if self._account_of.setdefault(event.record_id, event.account) != event.account:
                message = f"record {quote(event.record_id)} is another account's: use a new id"
                raise ConsentError(message, kind=ErrorKind.CONFLICT, value=event)
            self._by_id[event.event_id] = event
            # A new tuple each time: a reader without the lock sees all of an append or none of it.
            self._by_account[event.account] = (*self._by_account.get(event.account, ()), event)
            return True

    def subscribe(self, callback: Callable[[str | None], None]) -> None:
        """Have ``callback`` called on each append; see :meth:`ObservableStore.subscribe`."""
        with self._lock:
            self._callbacks = (*self._callbacks, callback)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return all events of an account, in the order they were appended."""
        return self._by_account.get(account, ())

    async def events_async(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return what :meth:`events` returns; nothing here blocks."""
        return self.events(account)

    def account_of(self, record_id: str) -> str | None:
        """Return the account that a record belongs to; None for an unknown record."""
        return self._account_of.get(record_id)
