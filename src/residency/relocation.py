"""Relocation: moving a designation, which is a transfer and needs what a transfer needs.

Data stays where it was designated to be, whatever becomes of membership or policy. Where it is to
live elsewhere, the customer's consent (or an exemption that is invoked) must permit the move, and
the record keeps both designations with the decisions between them.
"""

from __future__ import annotations

import json
from datetime import datetime

from attrs import evolve, frozen

from residency.checks import require_instance, require_moment, require_text
from residency.designation import Designation
from residency.errors import ErrorKind, InputError, quote
from residency.exemption import Invocation
from residency.guard import Guard
from residency.policy.lookup import find_solution
from residency.transfer import Context, Decision
from residency.value import Value

__all__ = ["Relocation", "relocate"]

_FORMAT = 1


@frozen(slots=True, eq=False, repr=False)
class Relocation(Value):
    """A designation that was moved: where the data was, where it is, and what permitted it.

    Args:
        before: the designation until then.
        after: the designation from then on.
        at: the moment for which it was decided, in UTC.
        decisions: the permits, one for each data category of the solution.
    """

    before: Designation
    after: Designation
    at: datetime
    decisions: tuple[Decision, ...]

    def to_json(self) -> str:
        """Return the relocation as one line of JSON, for the account's record."""
        return json.dumps(
            {
                "format": _FORMAT,
                "at": self.at.isoformat(),
                "before": json.loads(self.before.to_json()),
                "after": json.loads(self.after.to_json()),
                "decisions": [_told(each) for each in dict.fromkeys(self.decisions)],
            },
            ensure_ascii=False,
        )


def _told(decision: Decision) -> dict[str, object]:
    invoked = decision.exemption
    return {
        "reason": str(decision.reason),
        "clauses": decision.clauses,
        "consents": decision.consent_ids,
        "exemption": None if invoked is None else invoked.exemption,
        "reference": None if invoked is None else invoked.reference,
        "safeguards": None if invoked is None else invoked.safeguards,
        "obligations": decision.obligations,
    }


def relocate(
    guard: Guard,
    designation: Designation,
    zone: str,
    *,
    at: datetime,
    purpose: str | None = None,
    exemption: Invocation | None = None,
) -> Relocation:
    """Move a designation to another zone, if the transfer of all its data there is permitted.

    Args:
        guard: decides, by its ledger.
        designation: where the data is designated to be.
        zone: the zone to move it to: the solution is then kept in its hosting countries there.
        at: when it moves, timezone-aware.
        purpose: the purpose of the move, if it has one.
        exemption: the exemption it rests on if no consent covers it. Storage moves, so one that
            only lets data be handled does not do.

    Returns:
        Both designations with the decisions. The new one cites the transfer clause. Store it in
        place of the old one, and the relocation in the account's record.

    Raises:
        TransferBlocked: the transfer of a data category is denied, so nothing moves.
        SolutionError: the policy has no such solution any more.
        InputError: the solution has no storage in the zone (NO_STORAGE), it is designated for it
            already (CONFLICT), or an argument is malformed.
    """
    router = require_instance(guard, Guard, "the guard").router
    placement = require_instance(designation, Designation, "the designation").placement
    moment = require_moment(at, "the moment of the move")
    solution = find_solution(router.policy, placement.solution)
    wanted = require_text(zone, "the zone")
    hosting = solution.storage.get(wanted)
    if hosting is None:
        zones = tuple(solution.storage)
        message = f"{solution.id} has no storage in {quote(wanted)}: use one of {', '.join(zones)}"
        raise InputError(message, kind=ErrorKind.NO_STORAGE, value=zone, suggestions=zones)
    if wanted in placement.zones:
        message = f"{solution.id} is designated for {quote(wanted)}: choose another zone"
        raise InputError(message, kind=ErrorKind.CONFLICT, value=zone)
    if exemption is not None:
        require_instance(exemption, Invocation, "the exemption")
        exemption = evolve(exemption, handling=False)
    # INVARIANT (exact scope): a consent for one category of data moves that category alone, and a
    # designation moves them all.
    categories: list[str | None] = [category.id for category in solution.categories]
    decisions = tuple(
        guard.enforce(
            designation,
            to=tuple(f"country:{country}" for country in hosting),
            context=Context(category=category, purpose=purpose, at=moment, exemption=exemption),
        )
        for category in categories or [None]
    )
    moved = evolve(
        placement,
        zones=(wanted,),
        hosting=hosting,
        clause=router.policy.transfer_clause,
        policy=router.policy.reference,
        agreement=None,
    )
    return Relocation(designation, evolve(designation, placement=moved), moment, decisions)
