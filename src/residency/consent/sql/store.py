"""The events of a ledger in a database: appended one after another, by any number of processes."""

from __future__ import annotations

import asyncio
import sqlite3
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Final, TypeVar, final

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from residency.consent.call import OneCall, call_began
from residency.consent.event import ConsentEvent
from residency.consent.fork import after_fork_in_child
from residency.consent.sql.chain import (
    Link,
    chain_hash,
    event_in,
    is_intact,
    payload_of,
    read_account,
    read_payload,
)
from residency.consent.sql.database import Database, open_database
from residency.consent.sql.deadline import TimedLock
from residency.consent.sql.failures import is_transient, unavailable
from residency.consent.sql.freshness import STALE, Subscriber, Watch
from residency.consent.sql.query import Row
from residency.consent.sql.schema import (
    account_table,
    event_table,
    ledger_table,
    require_version,
)
from residency.errors import ConsentError, ErrorKind, InputError, LedgerError, ResidencyError, quote

__all__ = ["SqlStore", "open_store"]

_T = TypeVar("_T")

_MOST_RETRIES = 2
_SHORTEST_TIMEOUT = 0.01
_LONGEST = 3_600
_LONGEST_PAUSE = 0.2

_OF_ACCOUNT: Final = (
    select(*event_table.c[Link._fields], account_table.c.events)
    .select_from(
        account_table.outerjoin(event_table, event_table.c.account == account_table.c.account)
    )
    .where(account_table.c.account == bindparam("account"))
)
# A record has one account, whichever of its events is asked.
_ACCOUNT_OF: Final = select(func.min(event_table.c.account)).where(
    event_table.c.record_id == bindparam("record_id")
)
_VERSION: Final = select(ledger_table.c.version)
_STATE: Final = select(
    ledger_table.c.version,
    ledger_table.c.position,
    ledger_table.c.hash,
    _ACCOUNT_OF.scalar_subquery().label("owner"),
    select(account_table.c.events)
    .where(account_table.c.account == bindparam("account"))
    .scalar_subquery()
    .label("events"),
)
_HELD: Final = select(*event_table.c[Link._fields]).where(
    event_table.c.event_id == bindparam("event_id")
)
_COUNT_FIRST: Final = insert(account_table)
_COUNT: Final = (
    update(account_table)
    .where(account_table.c.account == bindparam("of"))
    .values(events=bindparam("now"))
)
_MOVE_HEAD: Final = update(ledger_table).values(position=bindparam("to"), hash=bindparam("head"))
_APPEND: Final = insert(event_table)


_NO_LOCK: Final[AbstractContextManager[object]] = nullcontext()


@final
class SqlStore:
    """The event store of a database; see :class:`residency.consent.EventStore`.

    Safe to share among threads, and to keep over a ``fork``.

    Args:
        database: where the tables are.
        max_staleness: for how many seconds what was read may be relied on without looking again
            whether another process changed it; 0 means to look each time.

    Attributes:
        fresh_until: until when what was read may be relied on, in seconds of ``time.monotonic``.
            Only to be read.
    """

    def __init__(self, database: Database, *, max_staleness: float = 1.0) -> None:
        self._database: Final = database
        self._write_lock = TimedLock(database.deadline, "writing")
        self._subscribers: list[Subscriber] = []
        # An attribute, and not the watch's behind a property: each decision of a guard reads it.
        self.fresh_until: float = STALE
        self._watch: Watch = database.watch(max_staleness, tell=self._tell, store=self)
        self._version_seen = False
        reference = weakref.WeakMethod(self.after_fork)
        after_fork_in_child(lambda: _call(reference))

    # --- the event store -------------------------------------------------------------------------

    def append(self, event: ConsentEvent) -> bool:
        """Add an event for good; see :meth:`residency.consent.EventStore.append`.

        An event that was added although no answer came is found held on the next attempt: the
        second answer may be False for an event that nobody else added.
        """
        link: Link | None = None
        try:
            link = self._run(
                lambda connection: self._append(connection, event), "written", lock=self._write_lock
            )
        finally:
            # INVARIANT (finality): who keeps answers forgets them before this call returns, even
            # if it fails: the event may have been committed all the same.
            if link is None:
                self._tell(event.account)
            else:
                self._watch.appended(link.head, link.previous, link.account)
        return link is not None

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return all events of an account, in any order; see ``EventStore.events``.

        Where they are not all as they were written, every record of the account is invalidated.
        """
        return self._run(lambda connection: self._events(connection, account), "read")

    async def events_async(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return what :meth:`events` returns, without blocking the event loop."""
        with OneCall():  # the timeout runs while no thread is free, too
            return await asyncio.to_thread(self.events, account)

    def account_of(self, record_id: str) -> str | None:
        """Return the account that a record belongs to; None for an unknown record."""
        about = {"record_id": record_id}
        rows = self._run(
            lambda connection: self._database.run(connection, _ACCOUNT_OF, about), "read"
        )
        return None if rows[0][0] is None else str(rows[0][0])

    def after_fork(self) -> None:
        """Share nothing with the parent process; called in the child of each ``fork``."""
        self._write_lock = TimedLock(self._database.deadline, "writing")
        self._database.after_fork()
        self._watch.after_fork()

    def close(self) -> None:
        """Close all connections. The store must not be used any more."""
        self._watch.close()
        self._database.close()

    # --- freshness -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Look whether another process changed anything, and tell the subscribers if so.

        Raises:
            LedgerError: that cannot be found out.
        """
        self._guarded(self._watch.refresh, "watched")

    def subscribe(self, callback: Subscriber) -> None:
        """Have ``callback`` called with each account whose events have changed.

        It is called before :meth:`append` returns, and with None when any account may have changed.
        """
        self._subscribers.append(callback)

    def _tell(self, account: str | None) -> None:
        if account is None:
            self._version_seen = False  # whatever changed may have been the tables
        for subscriber in tuple(self._subscribers):
            subscriber(account)

    # --- the work --------------------------------------------------------------------------------

    def _events(self, connection: Connection, account: str) -> tuple[ConsentEvent, ...]:
        rows = self._database.run(connection, _OF_ACCOUNT, {"account": account})
        if not rows:
            return ()
        links = [Link(*row[:-1]) for row in rows if row[0] is not None]
        return read_account(links, rows[0][-1])

    def _append(self, connection: Connection, event: ConsentEvent) -> Link | None:
        """Append in one transaction; return what was added, or None if it is held."""
        self._database.begin(connection)
        try:
            link = self._append_locked(connection, event)
        except BaseException:
            # If that fails, the connection is lost, and all is undone by that.
            with suppress(SQLAlchemyError, sqlite3.Error):
                self._database.end(connection, commit=False)
            raise
        self._database.end(connection, commit=link is not None)
        return link

    def _append_locked(self, connection: Connection, event: ConsentEvent) -> Link | None:
        run = partial(self._database.run, connection)
        for row in run(_HELD, {"event_id": event.event_id}):
            _require_repeated(event, Link(*row))
            return None
        about = {"record_id": event.record_id, "account": event.account}
        version, last, previous, owner, events = _only(run(_STATE, about))
        require_version(version)
        if owner not in {None, event.account}:
            message = f"record {quote(event.record_id)} is another account's: use a new id"
            raise ConsentError(message, kind=ErrorKind.CONFLICT, value=event)
        position = int(last) + 1
        sequence = (events or 0) + 1
        payload = payload_of(event, position, sequence)
        link = Link(
            position=position,
            event_id=event.event_id,
            account=event.account,
            sequence=sequence,
            record_id=event.record_id,
            kind=str(event.kind),
            payload=payload,
            previous=previous,
            hash=chain_hash(previous, payload),
        )
        run(_APPEND, link._asdict())
        run(_MOVE_HEAD, {"to": position, "head": link.hash})
        if events is None:
            run(_COUNT_FIRST, {"account": event.account, "events": sequence})
        else:
            run(_COUNT, {"of": event.account, "now": sequence})
        self._database.announce(connection, link.head, previous, event.account)
        return link

    def _run(
        self,
        work: Callable[[Connection], _T],
        action: str,
        *,
        lock: AbstractContextManager[object] = _NO_LOCK,
    ) -> _T:
        def attempt() -> _T:
            with lock, self._database.connection() as connection:
                if not self._version_seen:
                    require_version(connection.execute(_VERSION).scalar_one())
                    self._version_seen = True
                return work(connection)

        return self._guarded(attempt, action)

    def _guarded(self, attempt: Callable[[], _T], action: str) -> _T:
        """Run an attempt within the timeout, and again where that promises to help.

        Raises:
            LedgerError: it failed, whatever the database raised.
        """
        database = self._database
        database.deadline.at = call_began() + database.timeout
        try:
            if not database.deadline.seconds:
                raise TimeoutError("no time is left")
            try:
                return attempt()
            except (DBAPIError, sqlite3.Error) as error:
                if not is_transient(error):
                    raise
            again = Retrying(
                retry=retry_if_exception(is_transient),
                stop=stop_after_attempt(_MOST_RETRIES)
                | stop_after_delay(database.deadline.seconds),
                wait=wait_random_exponential(multiplier=0.01, max=_LONGEST_PAUSE),
                reraise=True,
            )
            return again(attempt)
        except ResidencyError:
            raise
        except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
            raise unavailable(error, action) from error


def _only(rows: Sequence[Row]) -> Row:
    """Return the only row of the table that has one.

    Raises:
        LedgerError: it is gone, and with it the end of the chain.
    """
    if len(rows) != 1:
        message = "the ledger has lost the end of its chain: restore it from a backup"
        raise LedgerError(message, kind=ErrorKind.UNAVAILABLE)
    return rows[0]


def _require_repeated(event: ConsentEvent, link: Link) -> None:
    """Refuse an event whose id is held for another.

    Raises:
        ConsentError: the event held is another (CONFLICT).
        LedgerError: what is held cannot be relied on, so that nothing may be acknowledged.
    """
    payload = read_payload(link)
    held = None if payload is None else event_in(payload)
    if payload is None or held is None or not is_intact(link, payload):
        message = f"event {quote(event.event_id)} is held and was altered: use a new id"
        raise LedgerError(message, kind=ErrorKind.UNAVAILABLE, value=event.event_id)
    if not event.repeats(held):
        message = f"event {quote(event.event_id)} is held with other contents: use a new id"
        raise ConsentError(message, kind=ErrorKind.CONFLICT, value=event)


def _call(reference: weakref.WeakMethod[Callable[[], None]]) -> None:
    method = reference()
    if method is not None:
        method()


def open_store(url: str, *, max_staleness: float = 1.0, timeout: float = 5.0) -> SqlStore:
    """Return the store that a URL names; nothing is connected yet.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.
        max_staleness: see :class:`SqlStore`.
        timeout: for how many seconds a call may wait for the database before it fails.

    Raises:
        InputError: a duration is no number, or out of range (MALFORMED).
        LedgerError: the URL names no database that is known (UNKNOWN_LEDGER).
        MissingExtraError: the database's driver is not installed.
    """
    _require_seconds(max_staleness, "max_staleness", least=0)
    _require_seconds(timeout, "timeout", least=_SHORTEST_TIMEOUT)
    return SqlStore(open_database(url, timeout=timeout), max_staleness=max_staleness)


def _require_seconds(value: object, name: str, *, least: float) -> None:
    if not isinstance(value, (int, float)) or not least <= value <= _LONGEST:
        message = (
            f"{name} is {quote(str(value))}: use a number of seconds from {least} to {_LONGEST}"
        )
        raise InputError(message, kind=ErrorKind.MALFORMED, value=value)
