"""The consent ledger: events appended by account, never edited.

A database implements the three calls of :class:`EventStore`; :class:`Ledger` adds the words that
people use: give, renew, withdraw, revoke, invalidate.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Never, Protocol, TypeVar, final, runtime_checkable

from residency.checks import (
    read_clock,
    require_callable,
    require_instance,
    require_text,
)
from residency.consent.call import OneCall
from residency.consent.event import ConsentEvent, EventKind
from residency.consent.record import ConsentRecord
from residency.consent.store import (
    AsyncEventStore,
    EventStore,
    Freshness,
    ObservableStore,
)
from residency.errors import (
    ConsentError,
    ErrorKind,
    InputError,
    LedgerError,
    quote,
    quote_type,
)

__all__ = ["Ledger"]


_T = TypeVar("_T")


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


def _now() -> datetime:
    return datetime.now(UTC)


@final
class Ledger:
    """Consent records and what became of them.

    Each call that changes something is idempotent: repeated with the same event id it changes
    nothing and returns False. Left out, the event id is made from the record and what happens to
    it, so that a retry after a lost answer needs no bookkeeping.

    Args:
        store: where the events are kept.
        clock: returns the present moment, timezone-aware; the system's clock if left out.

    Raises:
        InputError: the store lacks one of the three calls, or the clock cannot be called.
    """

    __slots__ = ("_async_store", "_clock", "_store", "freshness")

    freshness: Freshness | None
    """The store, if other processes may change it; None where all changes are this one's."""

    def __init__(self, store: EventStore, *, clock: Callable[[], datetime] = _now) -> None:
        given: object = store
        if not isinstance(given, EventStore):
            message = f"the store is a {quote_type(store)}: pass an EventStore"
            raise InputError(message, kind=ErrorKind.TYPE, value=store)
        self._store = store
        self._clock = require_callable(clock, "the clock")
        # Asked once: to ask what an object can do takes longer than to read it.
        self._async_store = store if isinstance(store, AsyncEventStore) else None
        self.freshness = store if isinstance(store, Freshness) else None

    def __reduce__(self) -> Never:
        message = "a ledger cannot be pickled: pass its URL, and open it in the other process"
        raise TypeError(message)

    def give(self, record: ConsentRecord, *, event_id: str | None = None) -> bool:
        """Record a consent.

        Returns:
            True if it is new, False if it was held already.

        Raises:
            ConsentError: its id is held with other contents (CONFLICT), or it is no record (TYPE).
            LedgerError: the ledger cannot be written.
        """
        require_instance(record, ConsentRecord, "the consent", error=ConsentError)
        made = f"given:{record.record_id}"
        with OneCall():
            for held in self._stated(record):
                if held.kind is EventKind.GIVEN and held.record != record:
                    message = (
                        f"record {quote(record.record_id)} is held with other contents: "
                        "use a new id"
                    )
                    raise ConsentError(message, kind=ErrorKind.CONFLICT, value=record)
            return self._state(EventKind.GIVEN, record, event_id, made)

    def renew(self, record: ConsentRecord, *, event_id: str | None = None) -> bool:
        """Record that a consent was renewed: the same id and scope, with a new validity.

        A record that was withdrawn or revoked stays so; a new consent needs a new record.

        Returns:
            True if it is new, False if it was held already.

        Raises:
            ConsentError: no such record was given (UNKNOWN_RECORD), its scope is another
                (CONFLICT; another scope is a new consent), or it is no record (TYPE).
            LedgerError: the ledger cannot be read or written.
        """
        require_instance(record, ConsentRecord, "the consent", error=ConsentError)
        period = f"{record.valid_from.isoformat()}/{record.valid_until}"
        made = f"renewed:{period}/{record.record_id}"
        with OneCall():
            given = [held for held in self._stated(record) if held.kind is EventKind.GIVEN]
            if not given:
                raise _unknown_record(record.record_id)
            if any(held.record is None or held.record.scope != record.scope for held in given):
                message = f"record {quote(record.record_id)} has another scope: give a new consent"
                raise ConsentError(message, kind=ErrorKind.CONFLICT, value=record)
            return self._state(EventKind.RENEWED, record, event_id, made)

    def withdraw(
        self,
        record_id: str,
        *,
        at: datetime | None = None,
        reason: str | None = None,
        event_id: str | None = None,
    ) -> bool:
        """Record that the customer withdrew a consent. It is final for the record.

        After this returns, no decision in this process permits anything on the record.

        Args:
            record_id: the record.
            at: when it was withdrawn, timezone-aware; the present moment if left out.
            reason: why, in words.
            event_id: the event's id; made from the record's id if left out.

        Returns:
            True if it is new, False if it was held already.

        Raises:
            ConsentError: the ledger holds no such record (UNKNOWN_RECORD).
            InputError: ``at`` is naive or not a ``datetime``.
            LedgerError: the ledger cannot be read or written.
        """
        return self._end(EventKind.WITHDRAWN, record_id, at, reason, event_id)

    def revoke(
        self,
        record_id: str,
        *,
        at: datetime | None = None,
        reason: str | None = None,
        event_id: str | None = None,
    ) -> bool:
        """Record that another party than the customer ended a consent; as :meth:`withdraw`."""
        return self._end(EventKind.REVOKED, record_id, at, reason, event_id)

    def invalidate(
        self,
        record_id: str,
        *,
        at: datetime | None = None,
        reason: str | None = None,
        event_id: str | None = None,
    ) -> bool:
        """Record that a consent turned out not to be evidence; as :meth:`withdraw`."""
        return self._end(EventKind.INVALIDATED, record_id, at, reason, event_id)

    # A task that is cancelled meanwhile knows as little as after a lost answer: it may repeat.

    async def give_async(self, record: ConsentRecord, *, event_id: str | None = None) -> bool:
        """Do what :meth:`give` does, without blocking the event loop."""
        return await _elsewhere(partial(self.give, record, event_id=event_id))

    async def renew_async(self, record: ConsentRecord, *, event_id: str | None = None) -> bool:
        """Do what :meth:`renew` does, without blocking the event loop."""
        return await _elsewhere(partial(self.renew, record, event_id=event_id))

    async def withdraw_async(
        self,
        record_id: str,
        *,
        at: datetime | None = None,
        reason: str | None = None,
        event_id: str | None = None,
    ) -> bool:
        """Do what :meth:`withdraw` does, without blocking the event loop."""
        call = partial(self.withdraw, record_id, at=at, reason=reason, event_id=event_id)
        return await _elsewhere(call)

    async def revoke_async(
        self,
        record_id: str,
        *,
        at: datetime | None = None,
        reason: str | None = None,
        event_id: str | None = None,
    ) -> bool:
        """Do what :meth:`revoke` does, without blocking the event loop."""
        call = partial(self.revoke, record_id, at=at, reason=reason, event_id=event_id)
        return await _elsewhere(call)

    async def invalidate_async(
        self,
        record_id: str,
        *,
        at: datetime | None = None,
        reason: str | None = None,
        event_id: str | None = None,
    ) -> bool:
        """Do what :meth:`invalidate` does, without blocking the event loop."""
        call = partial(self.invalidate, record_id, at=at, reason=reason, event_id=event_id)
        return await _elsewhere(call)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return all events of an account, in any order.

        Raises:
            InputError: the account id is malformed.
            LedgerError: the ledger cannot be read.
        """
        return self._store.events(require_text(account, "the account id"))

    async def events_async(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return what :meth:`events` returns, without blocking the event loop."""
        account = require_text(account, "the account id")
        if self._async_store is not None:
            return await self._async_store.events_async(account)
        return await _elsewhere(partial(self._store.events, account))

    def refresh(self) -> bool:
        """Look for changes by other processes, if it is time to.

        Returns:
            Whether what was kept may be used; False where the store could not look.
        """
        # The bound is read before the clock: another thread may move it on meanwhile.
        if self.freshness is None or self.freshness.fresh_until > monotonic():
            return True
        try:
            self.freshness.refresh()
        except LedgerError:
            return False
        return True

    async def refresh_async(self) -> bool:
        """Do what :meth:`refresh` does, without blocking the event loop."""
        if self.freshness is None or self.freshness.fresh_until > monotonic():
            return True
        return await _elsewhere(self.refresh)

    def subscribe(self, callback: Callable[[str | None], None]) -> bool:
        """Have ``callback`` called on each change; see :meth:`ObservableStore.subscribe`.

        Returns:
            False if the store tells nobody of changes: then nothing read from it may be kept.
        """
        require_callable(callback, "the callback")
        if not isinstance(self._store, ObservableStore):
            return False
        self._store.subscribe(callback)
        return True

    def append(self, event: ConsentEvent) -> bool:
        """Append an event as it is, such as one that another ledger exported.

        Returns:
            True if it is new, False if it was held already.

        Raises:
            ConsentError: its id is held with other contents, or its record is another account's
                (CONFLICT), or it is no event (TYPE).
            LedgerError: the ledger cannot be written.
        """
        return self._store.append(
            require_instance(event, ConsentEvent, "the event", error=ConsentError)
        )

    def history(self, record_id: str) -> tuple[ConsentEvent, ...]:
        """Return all events of one record, in any order.

        Raises:
            ConsentError: the ledger holds no such record (UNKNOWN_RECORD).
            LedgerError: the ledger cannot be read.
        """
        require_text(record_id, "the record id", error=ConsentError)
        with OneCall():
            account = self._store.account_of(record_id)
            if account is None:
                raise _unknown_record(record_id)
            return tuple(event for event in self.events(account) if event.record_id == record_id)

    def close(self) -> None:
        """Close what the store holds open, such as connections; it is of no use after."""
        if isinstance(self._store, _Closable):
            self._store.close()

    def _stated(self, record: ConsentRecord) -> list[ConsentEvent]:
        events = self._store.events(record.account)
        return [event for event in events if event.record_id == record.record_id]

    def _state(
        self, kind: EventKind, record: ConsentRecord, event_id: str | None, made: str
    ) -> bool:
        return self._store.append(
            ConsentEvent(
                event_id=made if event_id is None else event_id,
                kind=kind,
                record_id=record.record_id,
                account=record.account,
                event_time=record.event_time,
                record=record,
            )
        )

    def _end(
        self,
        kind: EventKind,
        record_id: str,
        at: datetime | None,
        reason: str | None,
        event_id: str | None,
    ) -> bool:
        record_id = require_text(record_id, "the record id", error=ConsentError)
        with OneCall():
            account = self._store.account_of(record_id)
            if account is None:
                raise _unknown_record(record_id)
            return self._store.append(
                ConsentEvent(
                    event_id=f"{kind}:{record_id}" if event_id is None else event_id,
                    kind=kind,
                    record_id=record_id,
                    account=account,
                    event_time=read_clock(self._clock) if at is None else at,
                    reason=reason,
                )
            )


async def _elsewhere(call: Callable[[], _T]) -> _T:
    """Call in another thread; its timeout runs while no thread is free, too."""
    import asyncio  # here, for it costs more to import than all the rest of this package

    with OneCall():
        return await asyncio.to_thread(_whole, call)


def _whole(call: Callable[[], _T]) -> _T:
    try:
        return call()
    except StopIteration as error:
        # A future cannot hold this one: before Python 3.12 its task would never wake up.
        message = "the store stopped half way: repair the store"
        raise LedgerError(message, kind=ErrorKind.UNREADABLE) from error


def _unknown_record(record_id: str) -> ConsentError:
    message = f"the ledger holds no record {quote(record_id)}: give it first"
    return ConsentError(message, kind=ErrorKind.UNKNOWN_RECORD, value=record_id)
