"""Freshness on PostgreSQL: LISTEN, and a heartbeat that proves that nothing was missed.

The heartbeat asks, on the listening connection, for the head of the chain. Where that is the one
that the last notification led to, nothing was missed; where it is another, because a notification
is late or lost or the server has been replaced by its standby, everything is forgotten. So the
moment of asking is the moment up to which everything is known.
"""

from __future__ import annotations

import socket
import threading
from contextlib import AbstractContextManager, suppress
from select import select as wait_readable
from time import monotonic
from typing import Final, Protocol, cast, final

import sqlalchemy
from sqlalchemy import Connection
from tenacity import Retrying, stop_when_event_set, wait_random_exponential
from tenacity.nap import sleep_using_event

from residency.consent.sql.chain import Head
from residency.consent.sql.connection import CHANNEL, DeadlineConnection
from residency.consent.sql.deadline import Deadline
from residency.consent.sql.freshness import STALE, Subscriber
from residency.consent.sql.schema import ledger_table, require_version
from residency.consent.store import Freshness

__all__ = ["Listener"]

_LOOK: Final = sqlalchemy.select(
    ledger_table.c.version, ledger_table.c.position, ledger_table.c.hash
)
_LOOK_TEXT: Final = "SELECT version, position, hash FROM residency_ledger"
_LONGEST_PAUSE = 0.5
_BEATS = 3
"""How often the heartbeat is asked for within the bound: one that is late costs nothing yet."""


class _Database(Protocol):
    @property
    def deadline(self) -> Deadline: ...

    @property
    def timeout(self) -> float: ...

    def connection(self) -> AbstractContextManager[Connection]: ...

    def connect(self) -> DeadlineConnection: ...


@final
class Listener:
    """Listens, in a thread of its own, for what other processes append.

    The thread starts with the first look: a store of which no answers are kept needs none.

    Args:
        database: where to listen.
        max_staleness: for how many seconds one look is good.
        tell: tells the subscribers.
        store: whose ``fresh_until`` it moves.
    """

    def __init__(
        self, database: _Database, max_staleness: float, *, tell: Subscriber, store: Freshness
    ) -> None:
        self._database = database
        self._max_staleness = max_staleness
        self._tell = tell
        self._store = store
        self._interval = (max_staleness or database.timeout) / _BEATS
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._seen: Head | None = None
        self._bell: tuple[socket.socket, socket.socket] | None = None

    def refresh(self) -> None:
        """Look now, by an ordinary connection; see :class:`Watch`.

        So a listener that is lost costs a look-up each time, until it is back.
        """
        self._start()
        started = monotonic()
        with self._database.connection() as connection:
            version, position, digest = connection.execute(_LOOK).one()
        self._observe(version, Head(position, digest), started)

    def appended(self, head: Head, previous: str, account: str) -> None:
        """Tell the subscribers of an event that this process appended, or that was told."""
        self._tell(account)
        if self._seen == Head(head.position - 1, previous):
            self._seen = head

    def _observe(self, version: object, head: Head, started: float) -> None:
        require_version(version)
        if head != self._seen:
            # Forget first, note afterwards: whoever sees the note may rely on it.
            self._tell(None)
            self._seen = head
        self._store.fresh_until = max(self._store.fresh_until, started + self._max_staleness)

    # --- the thread ------------------------------------------------------------------------------

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._closing.is_set():
                return
            self._bell = socket.socketpair()
            self._thread = threading.Thread(
                target=self._run, args=(self._bell[0],), name="residency-listener", daemon=True
            )
            self._thread.start()

    def _run(self, bell: socket.socket) -> None:
        attempts = Retrying(
            sleep=sleep_using_event(self._closing),
            stop=stop_when_event_set(self._closing),
            wait=wait_random_exponential(multiplier=0.05, max=_LONGEST_PAUSE),
            before_sleep=lambda _: self._lost(),
        )
        with suppress(Exception):  # the last attempt of a listener that is being closed
            attempts(self._listen, bell)

    def _lost(self) -> None:
        # INVARIANT (fail closed): what is kept is not relied on until somebody has looked again.
        self._store.fresh_until = STALE

    def _listen(self, bell: socket.socket) -> None:
        deadline = self._database.deadline
        deadline.at = monotonic() + self._database.timeout
        notices: list[str] = []
        with self._database.connect() as connection:
            connection.autocommit = True
            connection.add_notify_handler(lambda notice: notices.append(notice.payload))
            connection.execute(f"LISTEN {CHANNEL}")
            self._tell(None)
            while not self._closing.is_set():
                started = monotonic()
                connection.expires = started + min(self._database.timeout, 2 * self._interval)
                version, position, digest = cast(
                    "tuple[object, int, str]", connection.execute(_LOOK_TEXT).fetchone()
                )
                while notices:
                    told, previous, hashed, account = notices.pop(0).split(" ", 3)
                    self.appended(Head(int(told), hashed), previous, account)
                self._observe(version, Head(position, digest), started)
                wait_readable((connection.fileno(), bell.fileno()), (), (), self._interval)

    def after_fork(self) -> None:
        """Start anew in the child of a ``fork``, where the thread is not."""
        for end in self._bell or ():
            end.close()
        self._lock, self._bell = threading.Lock(), None
        self._thread, self._seen, self._store.fresh_until = None, None, STALE
        self._tell(None)

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        with self._lock:
            thread, bell, self._thread = self._thread, self._bell, None
        if thread is not None and bell is not None:
            bell[1].send(b"\0")
            thread.join(self._database.timeout)
            for end in bell:
                end.close()
