"""The reference evaluator's consent records (semantics §3), from the policy's words alone.

From the engine it takes consent events as values, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from residency.consent.event import ConsentEvent, EventKind
from residency.consent.record import ConsentRecord, Expression

__all__ = ["records_of", "state_of"]


def records_of(
    account: str, events: Iterable[ConsentEvent]
) -> list[tuple[str, list[ConsentEvent]]]:
    """Return the account's records that were given, each with all that happened to it."""
    mine = [event for event in events if event.account == account]
    given = {event.record_id for event in mine if event.kind is EventKind.GIVEN}
    return [
        (record_id, [event for event in mine if event.record_id == record_id])
        for record_id in sorted(given)
    ]


def state_of(stated: list[ConsentEvent], at: datetime) -> str:
    """Return what the record is worth at a moment: VALID, or the reason why it permits nothing."""
    kinds = [event.kind for event in stated]
    if EventKind.WITHDRAWN in kinds:
        return "WITHDRAWN"
    if EventKind.REVOKED in kinds:
        return "REVOKED"
    given = [event.record for event in stated if event.kind is EventKind.GIVEN and event.record]
    renewed = [event.record for event in stated if event.kind is EventKind.RENEWED and event.record]
    explicit = [record for record in given + renewed if record.expression is Expression.EXPLICIT]
    if (
        EventKind.INVALIDATED in kinds
        or any(record != given[0] for record in given)
        or any(_terms(record) != _terms(given[0]) for record in renewed)
        or not explicit
    ):
        return "UNVERIFIABLE"
    for record in explicit:
        if record.valid_from <= at and (record.valid_until is None or at < record.valid_until):
            return "VALID"
    if any(at < record.valid_from for record in explicit):
        return "NOT_YET_VALID"
    return "EXPIRED"


_TERMS = (
    "account",
    "controller",
    "solutions",
    "categories",
    "purposes",
    "source_zone",
    "destination_zones",
    "recipient",
)


def _terms(record: ConsentRecord) -> list[object]:
    """Return what a renewal may not change."""
    return [getattr(record, term) for term in _TERMS]
