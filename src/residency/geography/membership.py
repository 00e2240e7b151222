"""Who belongs to a union, and from which day to which: dated, with the law beside each interval."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypedDict, cast

from attrs import Factory, field, frozen

from residency.checks import require_date
from residency.errors import ErrorKind, InputError, quote
from residency.geography.datafile import parse
from residency.geography.gazetteer import Territory
from residency.value import Value

__all__ = ["MEMBERSHIPS", "Interval", "Memberships"]


@frozen(slots=True, eq=False, repr=False)
class Interval(Value):
    """A half-open span of days, ``[start, end)``, and the law it rests on.

    Args:
        start: the first day of membership.
        end: the first day after it; None while it lasts.
        basis: the treaty, act or decision.
    """

    start: date
    end: date | None
    basis: str

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


_Unions = Mapping[str, Mapping[Territory, tuple[Interval, ...]]]


def _read_only(unions: Mapping[str, Mapping[Territory, Sequence[Interval]]]) -> _Unions:
    return MappingProxyType(
        {
            union: MappingProxyType(
                {territory: tuple(spans) for territory, spans in sorted(members.items())}
            )
            for union, members in sorted(unions.items())
        }
    )


def _boundaries(memberships: Memberships) -> tuple[date, ...]:
    spans = [span for _, _, span in _rows(memberships)]
    return tuple(sorted({span.start for span in spans} | {span.end for span in spans if span.end}))


def _revision(memberships: Memberships) -> str:
    rows = [
        [union, territory, str(span.start), str(span.end), span.basis]
        for union, territory, span in _rows(memberships)
    ]
    return sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def _rows(memberships: Memberships) -> Iterator[tuple[str, Territory, Interval]]:
    for union, members in memberships.unions.items():
        for territory, spans in members.items():
            for span in spans:
                yield union, territory, span


@frozen(slots=True, eq=False, repr=False)
class Memberships(Value):
    """Dated membership of one or more unions of territories.

    Args:
        unions: for each union, the intervals of every territory that ever belonged, in order and
            without overlap.

    Raises:
        InputError: an interval is empty, or two of one territory overlap or are out of order.
    """

    unions: _Unions = field(converter=_read_only, eq=False)
    boundaries: tuple[date, ...] = field(
        init=False, eq=False, repr=False, default=Factory(_boundaries, takes_self=True)
    )
    """Every day on which some membership begins or has ended, in order."""
    revision: str = field(init=False, default=Factory(_revision, takes_self=True))
    """The SHA-256 of the data, in lower-case hexadecimal: equal data, equal memberships."""

    def __attrs_post_init__(self) -> None:
        for union, members in self.unions.items():
            for territory, spans in members.items():
                _require_order(union, territory, spans)

    def is_member(self, union: str, territory: Territory, on: date) -> bool:
        """Return whether ``territory`` belongs to ``union`` on the day ``on``.

        Raises:
            InputError: there is no such union, or ``on`` is not a calendar day.
        """
        members = self.unions.get(union)
        if members is None:
            known = tuple(self.unions)
            message = f"union {quote(union)} is not known: use one of {', '.join(known)}"
            raise InputError(message, kind=ErrorKind.UNKNOWN, value=union, suggestions=known)
        day = require_date(on, "the day")
        return any(day in span for span in members.get(territory, ()))

    def era(self, on: date) -> int:
        """Return the number of dated changes up to and including the day ``on``.

        Membership is the same on all days of one era, so a table need hold one column for each.

        Raises:
            InputError: ``on`` is not a calendar day.
        """
        return bisect_right(self.boundaries, require_date(on, "the day"))


def _require_order(union: str, territory: Territory, spans: tuple[Interval, ...]) -> None:
    free_from = date.min
    for span in spans:
        if span.start < free_from or (span.end is not None and span.end <= span.start):
            message = (
                f"{union}.{territory}: the interval from {span.start} is empty or overlaps the one"
                " before it: order the intervals and keep them apart"
            )
            raise InputError(message, kind=ErrorKind.CONFLICT, value=span)
        free_from = span.end or date.max


if TYPE_CHECKING:

    class _Row(TypedDict):
        territory: str
        start: str
        end: str | None
        basis: str


def _shipped() -> Memberships:
    unions: dict[str, dict[Territory, list[Interval]]] = {}
    document = cast("dict[str, dict[str, list[_Row]]]", parse("memberships.json"))
    for union, rows in document["unions"].items():
        members = unions.setdefault(union, {})
        for row in rows:
            end = row["end"] and date.fromisoformat(row["end"])
            span = Interval(date.fromisoformat(row["start"]), end or None, row["basis"])
            members.setdefault(Territory(row["territory"]), []).append(span)
    return Memberships({union: {t: tuple(s) for t, s in m.items()} for union, m in unions.items()})


MEMBERSHIPS: Final = _shipped()
"""The memberships that come with the library."""
