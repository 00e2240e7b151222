"""Walking the chain from its first event to its last, and naming the first that does not hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from time import monotonic
from typing import TypeVar

from attrs import frozen
from sqlalchemy import Connection, exists, func, select

from residency.consent.event import ConsentEvent
from residency.consent.sql.administration import administer
from residency.consent.sql.chain import (
    GENESIS,
    Break,
    Damage,
    Head,
    Link,
    event_in,
    is_intact,
    read_payload,
)
from residency.consent.sql.database import Database
from residency.consent.sql.query import Query
from residency.consent.sql.schema import (
    account_table,
    event_table,
    held_version,
    ledger_table,
    require_version,
)
from residency.errors import ErrorKind, LedgerError
from residency.value import Value

__all__ = ["Verification", "ledger_head", "stored_events", "verify_ledger"]

_T = TypeVar("_T")

_ROWS_AT_ONCE = 2_000


@frozen(slots=True, eq=False, repr=False)
class Verification(Value):
    """What a walk along the chain found.

    Args:
        events: how many events hold, from the first on.
        head: the last of those.
        broken: the first that does not; None if all do.
    """

    events: int
    head: Head
    broken: Break | None


def ledger_head(url: str) -> Head:
    """Return the end of a ledger's chain, to keep where those who write the ledger cannot.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    with administer(url) as database:
        return _read(database, _head)


def verify_ledger(
    url: str,
    *,
    heads: Iterable[tuple[int, str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Walk a ledger's chain. The ledger may be written meanwhile.

    Args:
        url: the ledger.
        heads: heads that were kept elsewhere, position and hash; each must still be there.
        progress: called now and then with the events walked so far, and how many there are.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    with administer(url) as database:
        kept: dict[int, set[str]] = {}
        for position, digest in (_read(database, _head), *heads):
            kept.setdefault(position, set()).add(digest)
        kept.pop(0, None)  # the head of the empty chain says nothing
        walk = _Walk(kept)
        broken = _broken(database, walk, progress)
        return Verification(walk.head.position, walk.head, broken)


def stored_events(url: str, *, account: str | None = None) -> Iterator[ConsentEvent]:
    """Yield the events of a ledger in order, each as it was written.

    Args:
        url: the ledger.
        account: the account whose events to yield; all if left out.

    Raises:
        LedgerError: the ledger cannot be read, or an event is not as it was written (UNREADABLE).
    """
    with administer(url) as database:
        _read(database, _head)
        for link in chain.from_iterable(_pages(database)):
            held = read_payload(link)
            event = None if held is None or not is_intact(link, held) else event_in(held)
            if event is None:
                message = (
                    f"the event at position {link.position} is not as it was written: "
                    "run `residency ledger verify`"
                )
                raise LedgerError(message, kind=ErrorKind.UNREADABLE, value=link.position)
            if account is None or event.account == account:
                yield event


def _broken(
    database: Database, walk: _Walk, progress: Callable[[int, int], None] | None
) -> Break | None:
    expected = max(walk.kept, default=0)
    for links in _pages(database):
        for link in links:
            damage = walk.step(link)
            if isinstance(damage, Break):
                return damage
            if damage:
                gone = not _read(database, partial(_holds, digest=link.previous))
                return _moved(link, walk.head.position + 1, gone=gone)
        if progress is not None:
            progress(walk.head.position, max(expected, walk.head.position))
    if walk.head.position < expected:
        return Break(walk.head.position + 1, None, Damage.REMOVED)
    # Read last: whatever stands beyond it was not appended by us.
    end = _read(database, _head)
    if walk.head.position > end.position:
        return Break(walk.head.position, walk.event_id, Damage.INSERTED)
    return _read(database, _miscounted)


def _moved(link: Link, position: int, *, gone: bool) -> Break:
    if gone:
        return Break(position, None, Damage.REMOVED)
    return Break(position, link.event_id, Damage.REORDERED)


class _Walk:
    """The state of a walk: where it is, and what the next event must be chained to."""

    def __init__(self, kept: dict[int, set[str]]) -> None:
        self.kept = kept
        self.head = Head(0, GENESIS)
        self.event_id: str | None = None

    def step(self, link: Link) -> Break | bool:
        """Take one step; return the break, or True for an event that was written elsewhere."""
        position = self.head.position + 1
        held = read_payload(link)
        if link.position != position:
            return _misplaced(link, position)
        if held is None or not is_intact(link, held):
            return Break(position, link.event_id, Damage.ALTERED)
        written = held.get("position")
        if written != position:
            # An event that was put in pushed on the one after it.
            return self._last(link, Damage.INSERTED) if written == self.head.position else True
        if link.previous != self.head.hash:
            return self._last(link, Damage.ALTERED)
        if self.kept.get(position, {link.hash}) != {link.hash}:
            return Break(position, link.event_id, Damage.ALTERED)
        self.head, self.event_id = Head(position, link.hash), link.event_id
        return False

    def _last(self, link: Link, damage: Damage) -> Break:
        """Say that the event before this one, if any, is not what this one was chained to."""
        if self.event_id is None:
            return Break(link.position, link.event_id, damage)
        return Break(self.head.position, self.event_id, damage)


def _misplaced(link: Link, position: int) -> Break:
    if link.position > position:
        return Break(position, None, Damage.REMOVED)
    return Break(link.position, link.event_id, Damage.INSERTED)


def _pages(database: Database) -> Iterator[list[Link]]:
    """Yield the rows in order, some at a time, so that memory does not grow with the ledger."""
    rows: Query = select(*event_table.c[Link._fields])
    query = rows.order_by(event_table.c.position).limit(_ROWS_AT_ONCE)
    after: int | None = None
    while True:
        page = query if after is None else query.where(event_table.c.position > after)
        links = _read(database, partial(_links, query=page))
        if not links:
            return
        yield links
        after = links[-1].position


def _read(database: Database, read: Callable[[Connection], _T]) -> _T:
    """Read something within the timeout, which a whole walk may well exceed."""
    database.deadline.at = monotonic() + database.timeout
    with database.connection() as connection:
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            # Bytes that are no text must not stop the walk: they do not fit the hash.
            driver.text_factory = _lenient
        return read(connection)


def _links(connection: Connection, query: Query) -> list[Link]:
    return [Link(*row) for row in connection.execute(query)]


def _lenient(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _head(connection: Connection) -> Head:
    require_version(held_version(connection))
    row = connection.execute(select(ledger_table.c.position, ledger_table.c.hash)).one()
    return Head(*row)


def _holds(connection: Connection, *, digest: str) -> bool:
    return connection.execute(select(exists().where(event_table.c.hash == digest))).scalar_one()


def _miscounted(connection: Connection) -> Break | None:
    """Return the last event of an account whose count is wrong, although every event holds."""
    counted = (
        select(
            event_table.c.account,
            func.count().label("events"),
            func.max(event_table.c.position).label("position"),
        )
        .group_by(event_table.c.account)
        .subquery()
    )
    wrong = (
        select(event_table.c.position, event_table.c.event_id)
        .join(counted, counted.c.position == event_table.c.position)
        .outerjoin(account_table, account_table.c.account == counted.c.account)
        .where(func.coalesce(account_table.c.events, 0) != counted.c.events)
        .order_by(event_table.c.position)
        .limit(1)
    )
    row = connection.execute(wrong).one_or_none()
    return None if row is None else Break(row[0], row[1], Damage.MISCOUNTED)
