"""The reference evaluator's comparison of two policies: one question asked of both.

It shares no code with :mod:`residency.comparison`. Whoever asks every question that there is has
every change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

from residency.testing.limits import Limit, end_of
from residency.testing.reference import Placed, Question, Refused, place, transfer
from residency.testing.source import Document

__all__ = ["is_within", "sites", "trend"]


def sites(
    document: Document, territory: str, entity: str | None, setup_date: date, solution: str
) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the zones and hosting countries of data; None where it cannot be placed.

    Between two policies a placement moves if this is not the same.
    """
    try:
        placed = place(document, territory, entity, setup_date, solution)
    except Refused:
        return None
    return frozenset(placed.zones), frozenset(placed.hosting)


def is_within(
    document: Document, placed: Placed, solution: str, destination: str, on: date
) -> bool:
    """Say whether data that is placed may be brought to a destination on a day without consent.

    Between two policies a transfer becomes permitted, or blocked, if this is not the same.
    """
    at = datetime.combine(on, time(), UTC)
    try:
        return transfer(document, placed, Question("any", solution, destination, at), ()).permitted
    except Refused:
        return False


def trend(before: list[Limit], after: list[Limit]) -> str | None:
    """Return which way limits from the same events change: ``grows``, ``shrinks``, ``unclear``.

    Each limit is ended for each day of four years and of those around a century's turn, which stand
    for every day while limits are no longer than ten years.

    Returns:
        None if no day makes a difference.
    """
    if not before and not after:
        return None
    if not before or not after:
        return "grows" if before else "shrinks"
    if [limit["after"] for limit in before] != [limit["after"] for limit in after]:
        return "unclear"
    longer = shorter = False
    for old, new in zip(before, after, strict=True):
        for day in _DAYS:
            earlier, later = end_of(old, day), end_of(new, day)
            longer = longer or later > earlier
            shorter = shorter or later < earlier
    if longer and shorter:
        return "unclear"
    return "grows" if longer else "shrinks" if shorter else None


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days) for days in range((last - first).days)]


_DAYS = list(
    chain(
        _between(date(2000, 1, 1), date(2004, 1, 1)),
        _between(date(2088, 1, 1), date(2104, 1, 1)),
    )
)
