"""Every placement that moves: territory by territory, era by era, entity by entity, solution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import TypeAlias

from residency.account import Account
from residency.comparison.change import PlacementChange, Site
from residency.errors import EntityError, SolutionError
from residency.geography import TERRITORIES, Territory, fold
from residency.placement import Router
from residency.policy.document import Policy

__all__ = ["placement_changes"]

_Span: TypeAlias = tuple[date, date | None]
_Pair: TypeAlias = tuple[Site | None, Site | None]


def placement_changes(old: Policy, new: Policy) -> Iterator[PlacementChange]:
    """Yield where new placements differ; it asks the engine itself for every cell of both tables.

    INVARIANT (complete): a placement depends on the territory, the era of dated membership, who the
    order entity is to each policy, and the solution. All of these are finite and all are tried.
    """
    routers = (Router(old), Router(new))
    found: dict[tuple[str, _Span, str | None, _Pair], list[Territory]] = {}
    entities = _entities(old, new)
    for territory in TERRITORIES:
        spans = tuple(_spans(old, new, territory))
        accounts = [
            {
                entity: Account("any", territory, entity or None, setup_date=start)
                for entity in entities
            }
            for start, _ in spans
        ]
        for solution in dict.fromkeys((*old.solutions, *new.solutions)):
            cells = [_cells(routers, each, solution) for each in accounts]
            for same, run in groupby(range(len(spans)), key=cells.__getitem__):
                indices = tuple(run)
                span = (spans[indices[0]][0], spans[indices[-1]][1])
                for entity, pair in same:
                    if pair[0] != pair[1]:
                        found.setdefault((solution, span, entity, pair), []).append(territory)
    for (solution, (start, end), entity, (before, after)), territories in found.items():
        yield PlacementChange(
            solution=solution,
            territories=tuple(territories),
            start=None if start == date.min else start,
            end=end,
            entity=entity,
            before=before,
            after=after,
        )


def _entities(old: Policy, new: Policy) -> tuple[str, ...]:
    """Return one spelling for each way in which the two policies can understand an order entity.

    The last stands for an order that names none.
    """
    names = (_names(old), _names(new))
    spelled: dict[tuple[str | None, str | None], str] = {}
    for policy in (old, new):
        for entity in policy.entities.values():
            for text in (entity.id, entity.name, *entity.aliases):
                understood = (names[0].get(fold(text)), names[1].get(fold(text)))
                spelled.setdefault(understood, text)
    return (*spelled.values(), "")


def _names(policy: Policy) -> dict[str, str]:
    return {
        fold(text): entity.id
        for entity in policy.entities.values()
        for text in (entity.id, entity.name, *entity.aliases)
    }


def _spans(old: Policy, new: Policy, territory: Territory) -> Iterator[_Span]:
    """Yield the spans of setup days in which neither policy changes its rule for a territory."""
    days = sorted({date.min, *old.memberships.boundaries, *new.memberships.boundaries})
    rules = [(old.rule_for(territory, day), new.rule_for(territory, day)) for day in days]
    starts = [
        day
        for index, day in enumerate(days)
        if index == 0
        or rules[index][0] is not rules[index - 1][0]
        or rules[index][1] is not rules[index - 1][1]
    ]
    return zip(starts, (*starts[1:], None), strict=True)


def _cells(
    routers: tuple[Router, Router], accounts: Mapping[str, Account], solution: str
) -> tuple[tuple[str | None, _Pair], ...]:
    """Return both sites for each entity, or under None where the entity makes no difference."""
    pairs = {
        entity: (_site(routers[0], account, solution), _site(routers[1], account, solution))
        for entity, account in accounts.items()
    }
    distinct = set(pairs.values())
    return ((None, distinct.pop()),) if len(distinct) == 1 else tuple(pairs.items())


def _site(router: Router, account: Account, solution: str) -> Site | None:
    try:
        placement = router.place(account, solution)
    except (EntityError, SolutionError):
        return None
    zones, hosting = sorted(placement.zones), sorted(placement.hosting)
    return Site(tuple(zones), tuple(hosting), placement.clause)
