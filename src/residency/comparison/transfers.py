"""Every transfer without consent that becomes permitted, or becomes blocked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from residency.comparison.change import TransferChange
from residency.comparison.eras import days_from
from residency.destination import Location, locate
from residency.geography import TERRITORIES
from residency.placement import Placement
from residency.policy.document import Policy, Solution
from residency.transfer import Reason, decide_by_zone

__all__ = ["transfer_changes"]

_ANY_TERRITORY = min(TERRITORIES)
"""A transfer depends on the designated zones, and not on the setup country that led to them."""


def transfer_changes(old: Policy, new: Policy) -> Iterator[TransferChange]:
    """Yield the transfers of designated data that the policies decide differently.

    Asked is about data that the old policy may have designated, by rule or agreement, from the new
    policy's effective day on. Data that the new policy places elsewhere is a change of placement.

    INVARIANT (complete): without consent, a transfer depends on the designated zones, the countries
    of the destination and the era. All of these are finite and all are tried.
    """
    days = days_from(new.reference.effective, old, new)
    grounds = [(_Ground(old, day), _Ground(new, day)) for day in days]
    destinations = tuple(dict.fromkeys((*grounds[0][0].known, *grounds[0][1].known)))
    for solution in old.solutions.values():
        for placement in _placements(old, solution):
            found: dict[tuple[date, date | None, Reason, Reason], list[str]] = {}
            for destination in destinations:
                decided = [
                    (before.reason(placement, destination), after.reason(placement, destination))
                    for before, after in grounds
                ]
                for first, last, pair in _runs(decided):
                    if (pair[0] is Reason.WITHIN_ZONE) != (pair[1] is Reason.WITHIN_ZONE):
                        end = days[last + 1] if last + 1 < len(days) else None
                        found.setdefault((days[first], end, *pair), []).append(destination)
            for (start, end, before, after), changed in found.items():
                yield TransferChange(
                    solution=solution.id,
                    zones=placement.zones,
                    destinations=tuple(changed),
                    start=start,
                    end=end,
                    before=before,
                    after=after,
                )


def _placements(policy: Policy, solution: Solution) -> Iterator[Placement]:
    """Yield a placement for each set of zones that a rule or an agreement can designate."""
    each = [(zone,) for zone in solution.storage]
    together = [] if solution.placed_by_country else [tuple(solution.storage)]
    for designated in dict.fromkeys((*each, *together)):
        yield Placement(
            solution=solution.id,
            territory=_ANY_TERRITORY,
            zones=designated,
            hosting=tuple(country for zone in designated for country in solution.storage[zone]),
            clause=solution.clause,
            policy=policy.reference,
        )


class _Ground:
    """The world as a policy sees it on one day."""

    def __init__(self, policy: Policy, day: date) -> None:
        self._policy = policy
        texts = (*(f"zone:{zone}" for zone in policy.zones), *map("country:{}".format, TERRITORIES))
        self.known: dict[str, tuple[Location, ...]] = {
            text: locate(text, policy, day) for text in texts
        }

    def reason(self, placement: Placement, destination: str) -> Reason:
        """Return why data may be brought to a destination without consent, or may not."""
        try:
            places = self.known[destination]
        except KeyError:
            return Reason.UNKNOWN_DESTINATION
        decision = decide_by_zone(self._policy, placement, places)
        return Reason.NO_CONSENT if decision is None else decision.reason


def _runs(
    decided: list[tuple[Reason, Reason]],
) -> Iterator[tuple[int, int, tuple[Reason, Reason]]]:
    """Yield the first and last index of each run of equal pairs, and the pair."""
    for pair, run in groupby(range(len(decided)), key=decided.__getitem__):
        indices = list(run)
        yield indices[0], indices[-1], pair
