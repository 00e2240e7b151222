"""Consent records, their events, the validity predicate, and the ledger that keeps them."""

from residency.consent.event import (
    ConsentEvent,
    ConsentHistory,
    EventKind,
    Validity,
    histories,
)
from residency.consent.ledger import (
    AsyncEventStore,
    EventStore,
    Ledger,
    MemoryStore,
    open_ledger,
)
from residency.consent.record import ANY, ConsentRecord, Expression, PartyRole

__all__ = [
    "ANY",
    "AsyncEventStore",
    "ConsentEvent",
    "ConsentHistory",
    "ConsentRecord",
    "EventKind",
    "EventStore",
    "Expression",
    "Ledger",
    "MemoryStore",
    "PartyRole",
    "Validity",
    "histories",
    "open_ledger",
]
