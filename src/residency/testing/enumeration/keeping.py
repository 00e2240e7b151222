"""How long data is kept and what is held where: the questions, and what each side answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import product
from typing import Final

from residency.account import Account
from residency.designation import Designation
from residency.placement import Router
from residency.policy import Policy
from residency.retention import DataMapRow, data_map, due, retention
from residency.testing.enumeration.case import Customer, DataMapCase, RetentionCase
from residency.testing.enumeration.domain import Domain, Spot
from residency.testing.holdings import Held, held
from residency.testing.limits import Kept, in_words, kept, stated
from residency.testing.reference import Placed, place
from residency.testing.source import Document

__all__ = [
    "NOWHERE",
    "data_map_cases",
    "engine_kept",
    "engine_map",
    "reference_kept",
    "reference_map",
    "retention_cases",
]

NOWHERE: Final = ("no-such-solution", "no-such-category")
"""A solution and a category that no policy has."""


# --- the questions --------------------------------------------------------------------------------


def retention_cases(domain: Domain, solution: str) -> Iterator[RetentionCase]:
    """Yield for each category of a solution all that may be known of the events.

    Each event is unknown, has not happened, or happened on one of two days, in every combination;
    and each alone happened on every day of a leap year, around the end of February in other years,
    and at the end of time.
    """
    first, *_, last = _DAYS
    states = [_states(event, (first, last)) for event in domain.events]
    for category in (*domain.data.get(solution, ()), NOWHERE[1]):
        combined = dict.fromkeys(sum(each, ()) for each in product(*states))
        alone = dict.fromkeys(
            tuple((name, day if name == event else None) for name in domain.events)
            for event in domain.events
            for day in _DAYS
        )
        for events in combined | alone:
            yield RetentionCase(solution, category, events)


def _states(event: str, days: Iterable[date]) -> list[tuple[tuple[str, date | None], ...]]:
    return [(), ((event, None),), *(((event, day),) for day in days)]


_DAYS = (
    *(date(2024, 1, 1) + timedelta(days) for days in range(366)),
    *(date(year, 2, 26) + timedelta(days) for year in (2022, 2023, 2100) for days in range(5)),
    date.max,
)


def data_map_cases(spots: tuple[Spot, ...], number: int) -> Iterator[DataMapCase]:
    """Yield each account that stands for a placement, as it is and with one placement pinned."""
    customer, solution = spots[number].customer, spots[number].solution
    yield DataMapCase(customer, None if customer.agreement is None else solution)
    for spot in dict.fromkeys(
        (each.customer, None if each.customer.agreement is None else each.solution)
        for each in spots
    ):
        yield DataMapCase(*spot, (customer, solution))


# --- the engine -----------------------------------------------------------------------------------


def engine_kept(case: RetentionCase, policy: Policy) -> str:
    """Return what the engine says of how long data is kept; it raises what the engine raises."""
    # An event that a policy does not have is none that its limits could run from.
    known = {event: day for event, day in case.events if event in policy.events}
    said = retention(policy, case.solution, case.category)
    found = due(policy, case.solution, case.category, known)
    return _kept_line(
        (str(said), said.clause), Kept(str(found.status), found.earliest, found.latest)
    )


def engine_map(
    case: DataMapCase, router: Router, account_of: Callable[[Customer, str | None], Account]
) -> str:
    """Return the engine's data map; it raises what the engine raises.

    Args:
        case: what is asked.
        router: the compiled policy.
        account_of: makes the account of a customer with a written agreement on a solution.
    """
    pinned: tuple[Designation, ...] = ()
    if case.pinned is not None:
        customer, solution = case.pinned
        earlier = account_of(customer, solution)
        pinned = (Designation.of(earlier, router.place(earlier, solution)),)
    account = account_of(case.customer, case.agreed)
    rows = data_map(router, account, designations=pinned)
    return "; ".join(map(_engine_row, rows))


def _engine_row(row: DataMapRow) -> str:
    found, said = row.placement, row.retention
    placed = Placed(found.zones, tuple(found.hosting), found.clause)
    category = None if said is None else said.category
    limits = None if said is None else (str(said), said.clause)
    return _row_line((found.solution, category, row.hosting_kind), placed, limits)


# --- the reference --------------------------------------------------------------------------------


def reference_kept(case: RetentionCase, document: Document) -> str:
    """Return what the reference says of how long data is kept."""
    said = stated(document, case.solution, case.category)
    return _kept_line(said, kept(document, case.solution, case.category, dict(case.events)))


def reference_map(case: DataMapCase, document: Document) -> str:
    """Return the reference's data map."""
    pinned: dict[str, Placed] = {}
    if case.pinned is not None:
        (territory, day, entity, agreement), solution = case.pinned
        pinned[solution] = place(
            document, territory, entity, day, solution, agreement_zone=agreement
        )
    territory, day, entity, agreement = case.customer
    agreements: dict[str, str] = {}
    if case.agreed is not None and agreement is not None:
        agreements[case.agreed] = agreement
    rows = held(document, territory, entity, day, agreements=agreements, pinned=pinned)
    return "; ".join(map(_reference_row, rows))


def _reference_row(row: Held) -> str:
    limits = None if row.clause is None else (in_words(row.limits), row.clause)
    return _row_line((row.solution, row.category, row.hosting_kind), row.placed, limits)


# --- what both say --------------------------------------------------------------------------------


def _kept_line(said: tuple[str, str], found: Kept) -> str:
    words, clause = said
    ends = f" {found.earliest} to {found.latest}" if found.earliest else ""
    return f"{words} by {clause}: {found.status}{ends}"


def _row_line(
    what: tuple[str, str | None, str], placed: Placed, said: tuple[str, str] | None
) -> str:
    solution, category, kind = what
    limits = "" if said is None else f" kept {said[0]} by {said[1]}"
    place_words = f"{'+'.join(placed.zones)} in {' '.join(placed.hosting)} by {placed.clause}"
    return f"{solution} {category or 'no category'} {place_words} {kind}{limits}"
