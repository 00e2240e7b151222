"""Every retention that grows or shrinks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TypeAlias

from residency.comparison.change import RetentionChange, Trend
from residency.policy.document import Policy, RetentionLimit, RetentionUnit

__all__ = ["retention_changes"]

_Limits: TypeAlias = tuple[RetentionLimit, ...]

_MONTHS = {RetentionUnit.MONTHS: 1, RetentionUnit.YEARS: 12}
_CYCLE = 400 * 12
"""After so many months the calendar repeats."""
_CENTURY = 100 * 12
"""The longest limit, in months."""


def retention_changes(old: Policy, new: Policy) -> Iterator[RetentionChange]:
    """Yield every data category whose limits change, by solution and category."""
    before, after = _limits(old), _limits(new)
    for key in dict.fromkeys((*before, *after)):
        solution, category = key
        # What is held by a solution that is new is part of its placements, which are new too.
        trend = _trend(before.get(key), after.get(key)) if solution in old.solutions else None
        if trend is not None:
            yield RetentionChange(
                solution=solution,
                category=category,
                before=before.get(key),
                after=after.get(key),
                trend=trend,
            )


def _limits(policy: Policy) -> dict[tuple[str, str], _Limits]:
    return {
        (solution.id, category.id): category.retention
        for solution in policy.solutions.values()
        for category in solution.categories
    }


def _trend(before: _Limits | None, after: _Limits | None) -> Trend | None:
    """Say which way the limits change; None if they do not."""
    if before is None:
        return Trend.UNCLEAR  # whether data of this kind was held at all, nothing says
    after = after or ()
    if set(before) == set(after):
        return None
    if not before:
        return Trend.SHRINKS
    if not after:
        return Trend.GROWS
    old, new = _by_event(before), _by_event(after)
    if old.keys() != new.keys() or len(old) != len(before) or len(new) != len(after):
        return Trend.UNCLEAR
    trends = {_one(old[event], new[event]) for event in old} - {None}
    return trends.pop() if len(trends) == 1 else Trend.UNCLEAR if trends else None


def _by_event(limits: _Limits) -> dict[str, RetentionLimit]:
    return {limit.after: limit for limit in limits}


def _one(before: RetentionLimit, after: RetentionLimit) -> Trend | None:
    """Say which way one limit changes; None if it only says the same otherwise."""
    old, new = _months(before), _months(after)
    if (old is None) is (new is None):
        change = (new or after.amount) - (old or before.amount)
        grows, shrinks = change > 0, change < 0
    else:
        shortest, longest = _days(before)
        least, most = _days(after)
        grows, shrinks = most > shortest, least < longest
    if grows and shrinks:
        return Trend.UNCLEAR
    return Trend.GROWS if grows else Trend.SHRINKS if shrinks else None


def _months(limit: RetentionLimit) -> int | None:
    months = _MONTHS.get(limit.unit)
    return None if months is None else limit.amount * months


def _days(limit: RetentionLimit) -> tuple[int, int]:
    """Return how many days a limit lasts at least, and at most, whenever it begins."""
    months = _months(limit)
    return (limit.amount, limit.amount) if months is None else _days_of_months(months)


@cache
def _days_of_months(months: int) -> tuple[int, int]:
    firsts = _first_days()
    lengths = [
        firsts[start + months]
        + min(day, firsts[start + months + 1] - firsts[start + months])
        - (firsts[start] + day)
        for start in range(_CYCLE)
        # All months have the days in between, so these stand for them.
        for day in (1, 29, 30, 31)
        if day <= firsts[start + 1] - firsts[start]
    ]
    return min(lengths), max(lengths)


@cache
def _first_days() -> tuple[int, ...]:
    """Return the ordinals of the first days of months, for a cycle and the century after it."""
    return tuple(
        date(2000 + month // 12, month % 12 + 1, 1).toordinal()
        for month in range(_CYCLE + _CENTURY + 2)
    )
