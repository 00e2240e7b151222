"""What was decided without a ledger, kept for the next such call.

Without consent, a decision is a function of placement and destination, of which there are finitely
many. Each is made once, with its reason and clauses, and found again by three dictionary look-ups.
"""

from __future__ import annotations

from datetime import date
from itertools import count, takewhile
from typing import TypeAlias, final

from residency.account import Account
from residency.checks import items_of
from residency.consent.cache import Question
from residency.designation import Designation
from residency.destination import Location, locate
from residency.placement import Placement, Router
from residency.transfer import Decision

__all__ = ["Cell", "Crossing", "Row", "Subject", "Table"]

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


Cell: TypeAlias = Decision | Crossing
Row: TypeAlias = dict[object, Cell]


@final
class Table:
    """Decisions by a subject's key, the solution and the destination.

    INVARIANT (cache transparent): a cell holds what would be decided anew on the day it was made
    and on every later day. Readers take no lock; writers replace no cell.

    Args:
        router: says which placements are finitely many.
        bound: how many designations and sets of places, which come from outside, are kept at most.

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

    def find(self, subject: Subject, solution: str | None, to: object, on: date) -> Cell | None:
        """Return the cell of a call, or None if there is none yet, or none that counts that day."""
        boundaries = self._router.policy.memberships.boundaries
        # A cell counts from the day of its making, which it does not tell: after the last change
        # that makes no difference.
        if boundaries and on < boundaries[-1]:
            return None
        try:
            return self.rows[subject.key][solution][to]
        except Exception:  # noqa: BLE001 - what is not in the table may be anything at all
            return None

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
        kept = not isinstance(subject, Account) or self._router.keeps(subject, placement.solution)
        labels = tuple(location.label for location in cell.destination)
        name = labels[0] if type(to) is str else labels
        # INVARIANT (cache transparent): plain texts only, for a subclass may claim any equality.
        plain = type(to) in (str, tuple) and all(type(each) is str for each in items_of(to) or [to])
        if not (kept and plain and to == name and on >= max(map(self._steady_since, labels))):
            return None
        # Placements that decide alike share one row.
        alike = (placement.solution, placement.zones, placement.hosting, placement.clause)
        row = self._alike.setdefault(alike, {})
        if name not in row and not isinstance(name, str) and not self._has_room():
            return None
        if (
            subject.key not in self.rows
            and not isinstance(subject, Account)
            and not self._has_room()
        ):
            return None
        # The solution's own id, not the caller's text, which may only claim to equal it.
        named = None if solution is None else placement.solution
        self.rows.setdefault(subject.key, {})[named] = row
        return row.setdefault(name, cell)

    def _has_room(self) -> bool:
        # Asked by threads without a lock: `next` gives each another number.
        return next(self._foreign) < self._bound

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
