"""What was decided without a ledger, kept for the next such call.

Without consent, a decision is a function of placement and destination, of which there are finitely
many. Each is made once, with its reason and clauses, and found again by three dictionary look-ups.
"""

from __future__ import annotations

from datetime import date
from itertools import count, takewhile
from typing import Final, TypeAlias, cast, final

from attrs import frozen

from residency.account import LONGEST_KEY, Account
from residency.consent.cache import Question
from residency.designation import Designation
from residency.destination import Location, locate
from residency.placement import Placement, Router
from residency.transfer import Decision
from residency.value import Value

__all__ = ["Cell", "Crossing", "Row", "Subject", "Table", "TableStatistics", "is_plain"]

Subject: TypeAlias = Account | Designation
"""Whose data it is: an account (with a solution), or what was designated for it at setup."""


@final
class Crossing(Question[Decision]):
    """A way out of the zones of one row: what a consent has to cover.

    Attributes:
        permitted: None: it is neither permitted nor denied, for that is for the ledger to say.
        destination: where the data would go.
    """

    __slots__ = ("destination",)

    permitted: None = None

    def __init__(self, destination: tuple[Location, ...]) -> None:
        super().__init__()
        self.destination = destination


@frozen(slots=True, eq=False, repr=False)
class TableStatistics(Value):
    """How much a table of decisions holds.

    Args:
        subjects: the kinds of accounts, and the designations, that it knows.
        decisions: the permits and denials that need no consent, and the ways out of a zone.
        bound: how many designations, and places in sets of places, it takes.
    """

    subjects: int
    decisions: int
    bound: int


Cell: TypeAlias = Decision | Crossing
Row: TypeAlias = dict[object, Cell]


_SUBJECTS: Final = frozenset((Account, Designation))


def is_plain(text: object) -> bool:
    """Say whether it is a text, or a tuple of texts, that is equal to what looks alike and no more.

    A subclass of either may claim to equal anything.
    """
    return type(text) is str or (
        type(text) is tuple and all(type(each) is str for each in cast("tuple[object, ...]", text))
    )


@final
class Table:
    """Decisions by a subject's key, the solution and the destination.

    INVARIANT (cache transparent): a cell holds what would be decided anew on the day it was made
    and on every later day. Readers take no lock; writers replace no cell.

    Args:
        router: says which placements are finitely many.
        bound: how many designations, and places in sets of places, are kept at most: both come from
            outside.

    Attributes:
        rows: subject's key, then solution, then destination, to the cell. Only to be read.
    """

    __slots__ = ("_alike", "_bound", "_foreign", "_router", "_steady", "rows")

    def __init__(self, router: Router, bound: int) -> None:
        self._router = router
        self._bound = bound
        self._foreign = count()
        self._alike: dict[tuple[object, ...], Row] = {}
        self._steady: dict[str, date] = {}
        self.rows: dict[str, dict[str | None, Row]] = {}

    @property
    def statistics(self) -> TableStatistics:
        """How much the table holds; counted when it is asked for."""
        # A copy is made in one step, while other threads may add to what is copied.
        rows = tuple(self._alike.values())
        return TableStatistics(len(self.rows), sum(map(len, rows)), self._bound)

    def find(self, subject: Subject, solution: str | None, to: object, on: date) -> Cell | None:
        """Return the cell of a call, or None if there is none yet, or none that counts that day."""
        boundaries = self._router.policy.memberships.boundaries
        # A cell counts from the day of its making, which it does not tell: after the last change
        # that makes no difference.
        if boundaries and on < boundaries[-1]:
            return None
        # INVARIANT (cache transparent): plain texts only, for a subclass may claim any equality.
        if type(subject) not in _SUBJECTS or not (is_plain(solution or "") and is_plain(to)):
            return None
        return self.rows.get(subject.key, {}).get(solution, {}).get(to)

    def keep(
        self,
        subject: Subject,
        solution: str | None,
        to: object,
        cell: Cell,
        placement: Placement,
        *,
        on: date,
    ) -> Cell | None:
        """Keep a cell for the next such call, if it will be decided alike from a day on.

        Only canonical destinations are kept. With accounts whose placement the router keeps they
        make a finite table; designations, and sets of places, come from outside, so their number
        is bounded.

        Returns:
            The cell of such calls, which another thread may have made; None if none is kept.
        """
        foreign = type(subject) is Designation and len(subject.key) <= LONGEST_KEY
        kept = foreign or (
            isinstance(subject, Account) and self._router.keeps(subject, placement.solution)
        )
        labels = tuple(location.label for location in cell.destination)
        name = labels[0] if type(to) is str else labels
        # INVARIANT (cache transparent): as above.
        if not (kept and is_plain(to) and to == name):
            return None
        if on < max(map(self._steady_since, labels)):
            return None
        # Placements that decide alike share one row.
        alike = (placement.solution, placement.zones, placement.hosting, placement.clause)
        new = 0 if subject.key in self.rows or not foreign else 1
        if not isinstance(name, str) and name not in self._alike.get(alike, {}):
            new += len(name)
        if not self._has_room(new):
            return None
        row = self._alike.setdefault(alike, {})
        # The solution's own id, not the caller's text, which may only claim to equal it.
        named = None if solution is None else placement.solution
        self.rows.setdefault(subject.key, {})[named] = row
        return row.setdefault(name, cell)

    def _has_room(self, new: int) -> bool:
        # Asked by threads without a lock: `next` gives each another number.
        return all(next(self._foreign) < self._bound for _ in range(new))

    def _steady_since(self, label: str) -> date:
        """Return the first day from which on a place stands on the same ground for good."""
        found = self._steady.get(label)
        if found is None:
            policy = self._router.policy
            eras = (date.min, *policy.memberships.boundaries)
            last = locate(label, policy, eras[-1])
            same = takewhile(lambda day: locate(label, policy, day) == last, reversed(eras))
            found = self._steady[label] = min(same)
        return found
