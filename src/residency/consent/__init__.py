"""Consent records, their events, the validity predicate, and the ledger that keeps them."""

from residency.consent.cache import CacheStatistics
from residency.consent.event import ConsentEvent, EventKind
from residency.consent.history import ConsentHistory, Validity, histories
from residency.consent.ledger import Ledger
from residency.consent.opening import open_ledger
from residency.consent.record import ANY, ConsentRecord, Expression, PartyRole
from residency.consent.store import (
    AsyncEventStore,
    EventStore,
    Freshness,
    MemoryStore,
    ObservableStore,
)

__all__ = [
    "ANY",
    "AsyncEventStore",
    "CacheStatistics",
    "ConsentEvent",
    "ConsentHistory",
    "ConsentRecord",
    "EventKind",
    "EventStore",
    "Expression",
    "Freshness",
    "Ledger",
    "MemoryStore",
    "ObservableStore",
    "PartyRole",
    "Validity",
    "histories",
    "open_ledger",
]
