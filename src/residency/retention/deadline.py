"""From the days on which things happened to the day by which data must be deleted.

A limit runs from an event. Where several limits hold "as applicable", the policy does not say which
one applies to an account, so no one else can: all that is claimed is what holds in every reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import cast

from attrs import frozen

from residency.checks import require_date, require_str
from residency.errors import ErrorKind, InputError, quote, quote_type
from residency.policy.document import Policy, RetentionLimit
from residency.retention.calendar import end_of
from residency.retention.limit import Retention, retention
from residency.value import Value

__all__ = ["Due", "DueStatus", "due"]


class DueStatus(StrEnum):
    """What can be said about the latest deletion."""

    DUE = "DUE"
    """One day: the latest deletion date."""
    AS_APPLICABLE = "AS_APPLICABLE"
    """Several limits run, to different days; the policy leaves open which one applies."""
    NOT_STARTED = "NOT_STARTED"
    """Nothing has happened yet that a limit runs from."""
    UNKNOWN_EVENT_DATE = "UNKNOWN_EVENT_DATE"
    """The day of an event that may count was not given, so no day can be claimed."""
    NOT_STATED = "NOT_STATED"
    """The policy states no limit."""


@frozen(slots=True, eq=False, repr=False)
class Due(Value):
    """When data must be deleted at the latest, as far as it can be said.

    Args:
        retention: what the policy states.
        status: what can be said.
        ends: each limit that runs, with the last day on which it lets the data be kept.
        unknown: the events whose day was not given, in the order of the limits.
    """

    retention: Retention
    status: DueStatus
    ends: tuple[tuple[RetentionLimit, date], ...]
    unknown: tuple[str, ...]

    @property
    def earliest(self) -> date | None:
        """The day by which deletion honours every limit that may apply; None if none is known."""
        return min(self._days(), default=None)

    @property
    def latest(self) -> date | None:
        """The last day on which any limit lets the data be kept; None if none is known.

        Where one limit applies it is the same as ``earliest``: the latest deletion date.
        """
        return max(self._days(), default=None)

    def _days(self) -> tuple[date, ...]:
        # Where an event's day is unknown its limit may end before or after all others.
        return () if self.unknown else tuple(day for _, day in self.ends)


def due(policy: Policy, solution: str, category: str, events: Mapping[str, date | None]) -> Due:
    """Return when data must be deleted at the latest.

    Args:
        policy: the policy.
        solution: the solution's id.
        category: the id of one of its data categories.
        events: the policy's event ids, such as ``account-termination``, each with the day on which
            it happened, or None if it is known not to have happened: the account lives, there is
            no maintenance contract. An event that is left out is not known. Events that no limit
            of this data runs from make no difference.

    Raises:
        SolutionError: the policy has no such solution.
        CategoryError: the solution has no such category.
        InputError: an event is not one of the policy's (UNKNOWN), its day is not a ``date``
            (INVALID_DATE), or the limit ends beyond the year 9999 (INVALID_DATE).
        MissingExtraError: the extra ``retention`` is not installed.
    """
    stated = retention(policy, solution, category)
    days = _checked(policy, events)
    unknown = tuple(
        dict.fromkeys(limit.after for limit in stated.limits if limit.after not in days)
    )
    ends = tuple(
        (limit, end_of(limit, day))
        for limit in stated.limits
        if (day := days.get(limit.after)) is not None
    )
    return Due(stated, _status(stated, ends, unknown), ends, unknown)


def _checked(policy: Policy, events: object) -> dict[str, date | None]:
    if not isinstance(events, Mapping):
        message = f"the events are a {quote_type(events)}: pass event ids with their days"
        raise InputError(message, kind=ErrorKind.TYPE, value=events)
    mapping = cast("Mapping[object, object]", events)
    try:
        given = tuple(mapping.items())
    except Exception:  # noqa: BLE001 - a mapping is the caller's code
        message = "the events cannot be read through: pass a plain dict"
        raise InputError(message, kind=ErrorKind.TYPE, value=mapping) from None
    checked: dict[str, date | None] = {}
    for event, day in given:
        name = require_str(event, "an event")
        if name not in policy.events:
            known = tuple(policy.events)
            hint = f"use one of {', '.join(known)}" if known else "the policy declares none"
            message = f"the policy has no event {quote(name)}: {hint}"
            raise InputError(message, kind=ErrorKind.UNKNOWN, value=event, suggestions=known)
        checked[name] = None if day is None else require_date(day, f"the day of {quote(name)}")
    return checked


def _status(
    stated: Retention, ends: tuple[tuple[RetentionLimit, date], ...], unknown: tuple[str, ...]
) -> DueStatus:
    if not stated.stated:
        return DueStatus.NOT_STATED
    if unknown:
        return DueStatus.UNKNOWN_EVENT_DATE
    if not ends:
        return DueStatus.NOT_STARTED
    return DueStatus.DUE if len({day for _, day in ends}) == 1 else DueStatus.AS_APPLICABLE
