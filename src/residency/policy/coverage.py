"""What a policy must satisfy as a whole: every territory has exactly one rule on every date.

Membership changes only on the boundaries of the memberships, so the first day of each span between
two boundaries stands for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, TypeAlias, final

from residency.errors import PolicyError, quote
from residency.geography import TERRITORIES, Territory
from residency.policy.document import Policy
from residency.policy.toml import key_path

__all__ = ["check_coverage"]

_MOST_LISTED: Final = 20

_Members: TypeAlias = Mapping[date, frozenset[Territory]]


def check_coverage(policy: Policy) -> None:
    """Check that the parts of a policy, each sound, make sense together.

    Raises:
        PolicyError: a territory lies in two zones, or under two rules or none, on some date; a
            solution placed by country has no storage where a rule leads; or a declared hosting
            country does not lie in its zone on the effective date.
    """
    # INVARIANT (total): every territory has exactly one rule, and at most one zone, on every date.
    _check_each_territory(policy)
    _check_storage(policy)
    _check_hosting(policy)


def _check_each_territory(policy: Policy) -> None:
    days = (date.min, *policy.memberships.boundaries)
    cited = {zone.territory for zone in policy.zones.values()}
    cited.update(rule.within for rule in policy.rules if rule.within is not None)
    members = {name: _members(policy, name, days) for name in cited}
    zones = _Claims("zone")
    for index, zone in enumerate(policy.zones.values()):
        zones.add(f"zones[{index}].territory", zone.id, members[zone.territory])
    rules = _Claims("rule")
    for index, rule in enumerate(policy.rules):
        if rule.within is not None:
            rules.add(f"rules[{index}].within", rule.clause, members[rule.within])
    if all(rule.within is not None for rule in policy.rules):
        rules.require_all(days)


def _members(policy: Policy, territory_set: str, days: tuple[date, ...]) -> _Members:
    named = policy.territory_sets[territory_set]
    candidates = set(named.codes)
    if named.union is not None:
        candidates.update(policy.memberships.unions[named.union])
    return {
        day: frozenset(code for code in candidates if policy.contains(territory_set, code, day))
        for day in days
    }


@final
class _Claims:
    """Which zone, or which rule, claims each territory on each day."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._owners: dict[tuple[date, Territory], tuple[str, str]] = {}

    def add(self, path: str, name: str, members: _Members) -> None:
        """Claim ``members`` for what stands at ``path``, and refuse what another has claimed."""
        claim = (path, name)
        shared: set[Territory] = set()
        other = example = ""
        for day, territories in members.items():
            for territory in territories:
                owner = self._owners.setdefault((day, territory), claim)
                if owner != claim:
                    shared.add(territory)
                    other, example = owner[1], day.isoformat()
        if shared:
            raise PolicyError(
                f"{path}: {_listed(shared)}: claimed by {self._what} {quote(other)} too, for "
                f"example on {example}: leave them out of one territory set, by except where it "
                "has a union",
                key_path=path,
                value=tuple(sorted(shared)),
            )

    def require_all(self, days: tuple[date, ...]) -> None:
        """Refuse a territory that nothing claims on one of the days."""
        every = {(day, territory) for day in days for territory in TERRITORIES}
        if missing := every.difference(self._owners):
            example = max(missing)[0].isoformat()
            territories = {territory for _, territory in missing}
            raise PolicyError(
                f"rules: {_listed(territories)}: claimed by no {self._what}, for example on "
                f"{example}: add a {self._what} with elsewhere = true",
                key_path="rules",
                value=tuple(sorted(territories)),
            )


def _check_storage(policy: Policy) -> None:
    clause_of_zone = {
        zone: rule.clause
        for rule in policy.rules
        for zone in ([rule.zone] if rule.zone is not None else rule.zone_by_entity.values())
    }
    for index, solution in enumerate(policy.solutions.values()):
        for zone, clause in clause_of_zone.items():
            if solution.placed_by_country and zone not in solution.storage:
                path = key_path(f"solutions[{index}].storage", zone)
                raise PolicyError(
                    f"{path}: missing, and the rule of {quote(clause)} leads there: name its "
                    "hosting countries, or write placed_by_country = false",
                    key_path=path,
                    value=zone,
                )


def _check_hosting(policy: Policy) -> None:
    day = policy.reference.effective
    for index, solution in enumerate(policy.solutions.values()):
        for zone, countries in solution.storage.items():
            ground = policy.zones[zone].territory
            outside = [code for code in countries if not policy.contains(ground, code, day)]
            if outside:
                path = key_path(f"solutions[{index}].storage", zone)
                raise PolicyError(
                    f"{path}: {_listed(outside)}: not in zone {quote(zone)} on {day}: host in "
                    f"territory set {quote(ground)}",
                    key_path=path,
                    value=tuple(sorted(outside)),
                )


def _listed(territories: Collection[Territory]) -> str:
    codes = sorted(territories)
    more = len(codes) - _MOST_LISTED
    shown = ", ".join(codes[:_MOST_LISTED])
    return f"{shown} and {more} more" if more > 0 else shown
