"""The history of a consent record, and the one predicate that says if it is valid (semantics §3).

What a ledger holds is a set: neither the order of events nor their duplication changes an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from residency.consent.event import ConsentEvent, EventKind
from residency.consent.record import ConsentRecord, Expression
from residency.value import Value

__all__ = ["ConsentHistory", "Validity", "histories", "validity_within"]


class Validity(StrEnum):
    """The state of a record at a moment, in order of precedence (semantics §3)."""

    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    UNVERIFIABLE = "unverifiable"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    VALID = "valid"


@frozen(slots=True, eq=False, repr=False)
class ConsentHistory(Value):
    """All that is known of one record, whatever the moment.

    Args:
        record_id: the record's id.
        records: the record as it was given; several only where they contradict each other.
        periods: the half-open periods for which it was explicitly given or renewed.
        ended: why it is over for good or counts for nothing; None while neither is so.
    """

    record_id: str
    records: frozenset[ConsentRecord]
    periods: frozenset[tuple[datetime, datetime | None]]
    ended: Validity | None

    def validity(self, at: datetime) -> Validity:
        """Say whether the record is valid ``at`` a moment. No other code decides this.

        A withdrawal counts from the moment it is known, not from the time written in it.
        """
        if self.ended is not None:
            return self.ended
        return validity_within(self.periods, at)


def validity_within(periods: Iterable[tuple[datetime, datetime | None]], at: datetime) -> Validity:
    """Say whether a moment lies in, before or after half-open periods; no end means unbounded."""
    known = tuple(periods)
    begun = [end for start, end in known if start <= at]
    if any(end is None or at < end for end in begun):
        return Validity.VALID
    return Validity.NOT_YET_VALID if len(begun) < len(known) else Validity.EXPIRED


def histories(events: Iterable[ConsentEvent]) -> tuple[ConsentHistory, ...]:
    """Fold the events of an account into one history for each record that was given, by record id.

    A record of which only the end is known has no history: it covers nothing.
    """
    by_record: dict[str, list[ConsentEvent]] = {}
    for event in events:
        by_record.setdefault(event.record_id, []).append(event)
    return tuple(
        _history(record_id, given, about)
        for record_id, about in sorted(by_record.items())
        if (given := _records(about, EventKind.GIVEN))
    )


def _records(events: list[ConsentEvent], kind: EventKind) -> frozenset[ConsentRecord]:
    return frozenset(
        event.record for event in events if event.kind is kind and event.record is not None
    )


def _history(
    record_id: str, given: frozenset[ConsentRecord], events: list[ConsentEvent]
) -> ConsentHistory:
    stated = given | _records(events, EventKind.RENEWED)
    explicit = {record for record in stated if record.expression is Expression.EXPLICIT}
    # Two different records under one id contradict each other: neither is evidence.
    contradictory = len(given) > 1 or len({record.scope for record in stated}) > 1
    kinds = {event.kind for event in events}
    ended: Validity | None = None
    if EventKind.WITHDRAWN in kinds:
        ended = Validity.WITHDRAWN
    elif EventKind.REVOKED in kinds:
        ended = Validity.REVOKED
    elif EventKind.INVALIDATED in kinds or contradictory or not explicit:
        ended = Validity.UNVERIFIABLE
    periods = frozenset((record.valid_from, record.valid_until) for record in explicit)
    return ConsentHistory(record_id, given, periods, ended)
