"""Consent events: what happened to a consent record (semantics §3).

Events are appended, never edited. What they come to, :mod:`residency.consent.history` says.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from types import NoneType

from attrs import frozen

from residency.checks import LONGEST_TEXT, require_instance, require_moment, require_text
from residency.consent.record import ConsentRecord
from residency.errors import ConsentError, ErrorKind, quote
from residency.value import Value

__all__ = ["ConsentEvent", "EventKind"]

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
