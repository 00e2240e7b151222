"""Consent events, and the one predicate that says whether a record is valid (semantics §3).

Events are appended, never edited. What a ledger holds is a set: neither their order nor their
duplication changes an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from types import NoneType

from attrs import frozen

from residency.checks import LONGEST_TEXT, require_instance, require_moment, require_text
from residency.consent.record import ConsentRecord, Expression
from residency.errors import ConsentError, ErrorKind, quote
from residency.value import Value

__all__ = [
    "ConsentEvent",
    "ConsentHistory",
    "EventKind",
    "Validity",
    "histories",
    "validity_within",
]

# A made id holds a record's id and a period; more than this some database could not index.
_LONGEST_EVENT_ID = 512
_LONGEST_REASON = 2_048


class EventKind(StrEnum):
    """What happened to a consent record."""

    GIVEN = "given"
    RENEWED = "renewed"
    WITHDRAWN = "withdrawn"
    """The customer took it back."""
    REVOKED = "revoked"
    """Another party ended it."""
    INVALIDATED = "invalidated"
    """It turned out not to be evidence."""


_CARRIES_RECORD = frozenset((EventKind.GIVEN, EventKind.RENEWED))


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class ConsentEvent(Value):
    """One event in the life of a consent record.

    Args:
        event_id: the event's id; an event with an id that the ledger holds changes nothing.
        kind: what happened.
        record_id: the record it happened to.
        account: the account whose record that is.
        event_time: when it happened.
        record: the record as given or renewed; None for events that end one.
        reason: why, in words.

    Raises:
        ConsentError: a field is malformed, or the event and its record contradict each other.
        InputError: the time is naive or not a ``datetime``.
    """

    event_id: str
    kind: EventKind
    record_id: str
    account: str
    event_time: datetime
    record: ConsentRecord | None = None
    reason: str | None = None

    def __attrs_post_init__(self) -> None:
        for name, longest in (
            ("event_id", _LONGEST_EVENT_ID),
            ("record_id", LONGEST_TEXT),
            ("account", LONGEST_TEXT),
        ):
            text = require_text(getattr(self, name), name, error=ConsentError, longest=longest)
            object.__setattr__(self, name, text)
        object.__setattr__(self, "event_time", require_moment(self.event_time, "event_time"))
        if self.reason is not None:
            text = require_text(self.reason, "reason", error=ConsentError, longest=_LONGEST_REASON)
            object.__setattr__(self, "reason", text)
        require_instance(self.kind, EventKind, "kind", error=ConsentError)
        carried = ConsentRecord if self.kind in _CARRIES_RECORD else NoneType
        if not issubclass(type(self.record), carried):
            message = f"a {self.kind} event has the wrong record: given and renewed carry one"
            raise ConsentError(message, kind=ErrorKind.MALFORMED, value=self.record)
        if self.record is not None and (
            self.record.record_id != self.record_id or self.record.account != self.account
        ):
            message = f"event {quote(self.event_id)} and its record differ: use the record's ids"
            raise ConsentError(message, kind=ErrorKind.CONFLICT, value=self.record)

    def repeats(self, other: ConsentEvent) -> bool:
        """Say whether this event tells the same as ``other``: a retry, whatever its own time."""
        return (self.event_id, self.kind, self.record_id, self.account, self.record) == (
            other.event_id,
            other.kind,
            other.record_id,
            other.account,
            other.record,
        )


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
