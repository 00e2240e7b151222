"""Consents to give, and stores that change under the eyes of a guard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import monotonic

from residency import Account, ConsentRecord, Router, load_policy
from residency.consent import ConsentEvent, Expression, MemoryStore, PartyRole
from residency.errors import ErrorKind, LedgerError

ROUTER = Router(load_policy("xmedius"))
NOON = datetime(2023, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def german(account: str = "acme") -> Account:
    """Return an account whose data is designated for zone EU, by §5(ii)."""
    return Account(account, "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))


def consent(
    record_id: str = "r",
    *,
    account: str = "acme",
    to: str = "US",
    categories: frozenset[str] = frozenset({"*"}),
    purposes: frozenset[str] = frozenset({"*"}),
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> ConsentRecord:
    """Return a consent to bring an account's xm-fax data from EU to another zone."""
    start = valid_from or datetime.now(UTC) - HOUR
    return ConsentRecord(
        record_id=record_id,
        account=account,
        controller="XMedius Solutions Inc.",
        privacy_notice="2020-11-01",
        solutions=frozenset({"xm-fax"}),
        categories=categories,
        purposes=purposes,
        source_zone="EU",
        destination_zones=frozenset({to}),
        event_time=start,
        valid_from=start,
        valid_until=valid_until,
        expression=Expression.EXPLICIT,
        party_name="Jo Doe",
        party_role=PartyRole.ADMINISTRATOR,
        method="web form",
    )


class CountingStore:
    """A store in memory that counts how often it is read."""

    def __init__(self) -> None:
        self.held = MemoryStore()
        self.reads = 0

    def append(self, event: ConsentEvent) -> bool:
        """Add an event."""
        return self.held.append(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Count the read, then return the events."""
        self.reads += 1
        return self.held.events(account)

    def account_of(self, record_id: str) -> str | None:
        """Return the account that a record belongs to."""
        return self.held.account_of(record_id)


class ObservedStore(CountingStore):
    """A counting store that tells of changes."""

    def subscribe(self, callback: Callable[[str | None], None]) -> None:
        """Pass the subscription on."""
        self.held.subscribe(callback)


class SharedStore(CountingStore):
    """One process's view of a store that others change too.

    It tells its subscribers of their changes when it is asked to look, as a database would.
    """

    def __init__(self, held: MemoryStore, *, max_staleness: float) -> None:
        super().__init__()
        self.held = held
        self.broken: Exception | None = None
        self.fresh_until = monotonic()
        self.looks = 0
        self.callbacks: list[Callable[[str | None], None]] = []
        self._changed = False
        self._max_staleness = max_staleness
        held.subscribe(self._note)

    def subscribe(self, callback: Callable[[str | None], None]) -> None:
        """Have ``callback`` called when a look shows a change."""
        self.callbacks.append(callback)

    def refresh(self) -> None:
        """Look for changes, and tell of them."""
        looked_at = monotonic()
        self.looks += 1
        if self.broken is not None:
            raise self.broken
        changed, self._changed = self._changed, False
        if changed:
            for callback in self.callbacks:
                callback(None)
        self.fresh_until = looked_at + self._max_staleness

    def _note(self, account: str | None) -> None:
        del account
        self._changed = True


def unreachable() -> LedgerError:
    """Return the error of a store that cannot be reached."""
    return LedgerError("the ledger cannot be reached: try again", kind=ErrorKind.UNREADABLE)
