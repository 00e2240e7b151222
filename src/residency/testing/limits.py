"""The reference evaluator for retention: each limit counted day by day, month by month.

It shares no code with :mod:`residency.retention`, and needs no calendar library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, date, timedelta
from typing import NamedTuple, NotRequired, TypedDict, cast

from residency.testing.reference import Refused
from residency.testing.source import Document

__all__ = ["Kept", "Limit", "end_of", "in_words", "kept", "stated"]

_DECEMBER = 12


class Kept(NamedTuple):
    """What can be said: the status's name, and the first and last end of the limits that run."""

    status: str
    earliest: date | None = None
    latest: date | None = None


class Limit(TypedDict):
    """A limit: how much of which unit after which event."""

    amount: int
    unit: str
    after: str


class _Category(TypedDict):
    id: str
    clause: str
    retention: NotRequired[list[Limit]]


class _Holder(TypedDict):
    id: str
    data: NotRequired[list[_Category]]


def kept(
    document: Document, solution: str, category: str, events: Mapping[str, date | None]
) -> Kept:
    """Return until when data may be kept.

    Args:
        document: the policy document.
        solution: the solution's id.
        category: the data category's id.
        events: the days on which things happened; None for what has not happened.

    Raises:
        Refused: the solution or category is unknown, or a limit ends beyond the year 9999.
    """
    limits = _category(document, solution, category).get("retention", [])
    if not limits:
        return Kept("NOT_STATED")
    ends: list[date] = []
    for limit in limits:
        day = events.get(limit["after"])
        if day is not None:
            ends.append(end_of(limit, day))
    if any(limit["after"] not in events for limit in limits):
        return Kept("UNKNOWN_EVENT_DATE")
    if not ends:
        return Kept("NOT_STARTED")
    status = "DUE" if min(ends) == max(ends) else "AS_APPLICABLE"
    return Kept(status, min(ends), max(ends))


def stated(document: Document, solution: str, category: str) -> tuple[str, str]:
    """Return how long data is kept, in words, and the clause that says so.

    Args:
        document: the policy document.
        solution: the solution's id.
        category: the data category's id.

    Raises:
        Refused: the solution or category is unknown.
    """
    found = _category(document, solution, category)
    limits = found.get("retention", [])
    words = in_words((each["amount"], each["unit"], each["after"]) for each in limits)
    return words, found["clause"]


def in_words(limits: Iterable[tuple[int, str, str]]) -> str:
    """Return limits as people read them: where the policy states none, it says so."""
    texts: list[str] = []
    for amount, unit, after in limits:
        length = f"{amount} {unit[:-1] if amount == 1 else unit}"
        texts.append(f"{length} after {after}")
    if not texts:
        return "not stated"
    return texts[0] if len(texts) == 1 else f"{' or '.join(texts)}, as applicable"


def _category(document: Document, solution: str, category: str) -> _Category:
    for holder in cast("list[_Holder]", document["solutions"]):
        if holder["id"] == solution:
            for each in holder.get("data", []):
                if each["id"] == category:
                    return each
            raise Refused("UNKNOWN_CATEGORY")
    raise Refused("UNKNOWN_SOLUTION")


def end_of(limit: Limit, day: date) -> date:
    """Return the last day on which data may be kept by a limit that began on a day.

    Raises:
        Refused: it lies beyond the year 9999.
    """
    if limit["unit"] == "days":
        if limit["amount"] > (date.max - day).days:
            raise Refused("INVALID_DATE")
        return day + timedelta(days=limit["amount"])
    year, month = day.year, day.month
    for _ in range(limit["amount"] * (12 if limit["unit"] == "years" else 1)):
        year, month = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
    if year > MAXYEAR:
        raise Refused("INVALID_DATE")
    last = day.day
    while True:
        try:
            return date(year, month, last)
        except ValueError:
            last -= 1
