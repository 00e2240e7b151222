"""The reference evaluator for retention: each limit counted day by day, month by month.

It shares no code with :mod:`residency.retention`, and needs no calendar library.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple, NotRequired, TypedDict, cast

from residency.testing.reference import Refused
from residency.testing.source import Document

__all__ = ["Kept", "Limit", "end_of", "kept"]

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
        Refused: the solution or category is unknown.
    """
    for holder in cast("list[_Holder]", document["solutions"]):
        if holder["id"] == solution:
            for each in holder.get("data", []):
                if each["id"] == category:
                    return _kept(each.get("retention", []), events)
            raise Refused("UNKNOWN_CATEGORY")
    raise Refused("UNKNOWN_SOLUTION")


def _kept(limits: list[Limit], events: Mapping[str, date | None]) -> Kept:
    if not limits:
        return Kept("NOT_STATED")
    ends: list[date] = []
    for limit in limits:
        if limit["after"] not in events:
            return Kept("UNKNOWN_EVENT_DATE")
        day = events[limit["after"]]
        if day is not None:
            ends.append(end_of(limit, day))
    if not ends:
        return Kept("NOT_STARTED")
    status = "DUE" if min(ends) == max(ends) else "AS_APPLICABLE"
    return Kept(status, min(ends), max(ends))


def end_of(limit: Limit, day: date) -> date:
    """Return the last day on which data may be kept by a limit that began on a day."""
    if limit["unit"] == "days":
        return day + timedelta(days=limit["amount"])
    year, month = day.year, day.month
    for _ in range(limit["amount"] * (12 if limit["unit"] == "years" else 1)):
        year, month = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
    last = day.day
    while True:
        try:
            return date(year, month, last)
        except ValueError:
            last -= 1
