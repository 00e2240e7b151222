"""Transfers: what may leave the designated zone (semantics §2).

A pure function of the policy, the placement, the consent events, the request and the moment: no
I/O and no clock. A decision is a value; a denial is a decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from residency.checks import require_instance, require_moment, require_text
from residency.consent import ANY, ConsentEvent, ConsentHistory, Validity, histories
from residency.destination import Location
from residency.errors import CategoryError, ResidencyError
from residency.exemption import Invocation, unmet_condition
from residency.placement import Placement
from residency.policy.document import Policy, PolicyReference
from residency.value import Value

__all__ = [
    "SWITCHED_OFF",
    "Context",
    "Decision",
    "Reason",
    "Transfer",
    "TransferBlocked",
    "decide_by_consent",
    "decide_by_zone",
    "deny",
]

SWITCHED_OFF: Final = "exemptions are switched off here"
"""Why an exemption is not met by a guard that has none."""

# How many of a transfer's places a one-line message names.
_MOST_LABELS = 5


class Reason(StrEnum):
    """Why a transfer is permitted (the first three) or denied (the others)."""

    WITHIN_ZONE = "WITHIN_ZONE"
    CONSENT = "CONSENT"
    EXEMPTION = "EXEMPTION"
    NO_CONSENT = "NO_CONSENT"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    CONSENT_REVOKED = "CONSENT_REVOKED"
    CONSENT_EXPIRED = "CONSENT_EXPIRED"
    CONSENT_NOT_YET_VALID = "CONSENT_NOT_YET_VALID"
    CONSENT_OUT_OF_SCOPE = "CONSENT_OUT_OF_SCOPE"
    CONSENT_UNVERIFIABLE = "CONSENT_UNVERIFIABLE"
    EXEMPTION_NOT_MET = "EXEMPTION_NOT_MET"
    LEDGER_UNAVAILABLE = "LEDGER_UNAVAILABLE"
    UNKNOWN_DESTINATION = "UNKNOWN_DESTINATION"
    UNDECLARED_HOSTING = "UNDECLARED_HOSTING"


@frozen(slots=True, eq=False, repr=False)
class Decision(Value):
    """The answer to one request, with what it rests on.

    Args:
        permitted: whether the bytes may go there.
        reason: why, from a closed set.
        clauses: the ids of the clauses that determine it, the placement's first.
        solution: the solution whose data it is about.
        zones: the zones designated for that data.
        destination: the places asked about, in the order of their labels. One that is not known
            is shown as it was given, with no country and no zone.
        policy: the policy and revision that decided.
        consent_ids: the consent records that a permit rests on, in order; usually one.
        obligations: what the caller must still do, in words.
        exemption: the exemption that was invoked, where no consent covers the transfer.
        unmet: why that exemption does not cover it either, in words; None if it does.
    """

    permitted: bool
    reason: Reason
    clauses: tuple[str, ...]
    solution: str
    zones: tuple[str, ...]
    destination: tuple[Location, ...]
    policy: PolicyReference
    consent_ids: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    exemption: Invocation | None = None
    unmet: str | None = None

    @property
    def zone(self) -> str:
        """The designated zone; where there are several, all of them joined by ``+``."""
        return "+".join(self.zones)

    @property
    def consent_id(self) -> str | None:
        """The consent record that a permit rests on, or None.

        Where a transfer to several zones rests on several records, the first of ``consent_ids``.
        """
        return self.consent_ids[0] if self.consent_ids else None


class TransferBlocked(ResidencyError):  # noqa: N818 - the name says what happened, not that we erred
    """A transfer was denied; ``decision`` says why and which clause decided.

    Its ``kind`` is the decision's reason.
    """

    # Blocked writes come in storms: nothing is made here that nobody may ask for.
    __slots__ = ("decision",)

    decision: Decision

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    @property
    def kind(self) -> Reason:
        """The decision's reason."""
        return self.decision.reason

    @property
    def value(self) -> Decision:
        """The decision."""
        return self.decision

    @property
    def suggestions(self) -> tuple[str, ...]:
        """None: what would permit the transfer is for :func:`residency.explain` to say."""
        return ()

    def __str__(self) -> str:
        decision = self.decision
        labels = [location.label for location in decision.destination]
        more = len(labels) - _MOST_LABELS
        places = ", ".join(labels[:_MOST_LABELS]) + (f" and {more} more" if more > 0 else "")
        return (
            f"{decision.solution} data designated for {decision.zone} may not go to {places}: "
            f"{decision.reason} by {' '.join(decision.clauses)}"
        )

    def __reduce__(self) -> tuple[type[TransferBlocked], tuple[Decision]]:
        return type(self), (self.decision,)


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class Context(Value):
    """What a request may say beyond account, solution and destination.

    What is left out is unknown: only a consent that covers all of it covers the transfer.

    Args:
        category: the data category, one of the solution's.
        purpose: the purpose of the transfer.
        source: where the data lies now, written as a destination is; its designated zone if left
            out.
        at: the moment to decide for, timezone-aware; the present if left out.
        exemption: the exemption that the transfer rests on if no consent covers it; none is ever
            assumed.

    Raises:
        InputError: a text is malformed, the moment is naive or no ``datetime``, or the exemption
            is no :class:`~residency.exemption.Invocation`.
    """

    category: str | None = None
    purpose: str | None = None
    source: str | Iterable[str] | None = None
    at: datetime | None = None
    exemption: Invocation | None = None

    def __attrs_post_init__(self) -> None:
        if self.category is not None:
            category = require_text(self.category, "the category", error=CategoryError)
            object.__setattr__(self, "category", category)
        if self.purpose is not None:
            object.__setattr__(self, "purpose", require_text(self.purpose, "the purpose"))
        if self.at is not None:
            object.__setattr__(self, "at", require_moment(self.at, "the context's moment"))
        if self.exemption is not None:
            require_instance(self.exemption, Invocation, "the exemption")


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class Transfer(Value):
    """A request to bring an account's data somewhere.

    Args:
        account: the account's id.
        placement: where the data of the solution is designated to be.
        destination: every place its bytes would land on.
        source: where the data lies now; None where that is its designated zone.
        category: the data category, if known.
        purpose: the purpose, if known.
        at: the moment, in UTC.
        exemption: the exemption that the request invokes, if it does.
        exemptions: whether exemptions count at all.
    """

    account: str
    placement: Placement
    destination: tuple[Location, ...]
    source: tuple[Location, ...] | None
    category: str | None
    purpose: str | None
    at: datetime
    exemption: Invocation | None = None
    exemptions: bool = True


def decide_by_zone(
    policy: Policy, placement: Placement, destination: tuple[Location, ...]
) -> Decision | None:
    """Decide by rule 1 alone: every location lies in a designated zone.

    Returns:
        A permit (WITHIN_ZONE); a denial where the policy asks for declared hosting and a location
        inside the zone is none (UNDECLARED_HOSTING); None where the transfer leaves the zone.
    """
    inside = [
        location
        for location in destination
        if location.zone is not None and location.zone in placement.zones
    ]
    if policy.enforce_hosting and not all(
        # A zone as a whole names no country, so it cannot be shown to be a declared one.
        location.countries and location.countries <= set(placement.hosting)
        for location in inside
    ):
        solution = policy.solutions.get(placement.solution)
        declared_by = () if solution is None else (solution.clause,)
        return _decision(policy, placement, destination, Reason.UNDECLARED_HOSTING, declared_by)
    if len(inside) == len(destination):
        return _decision(policy, placement, destination, Reason.WITHIN_ZONE)
    return None


def decide_by_consent(policy: Policy, transfer: Transfer, events: Iterable[object]) -> Decision:
    """Decide a transfer that leaves the zone by consent, or else by exemption (rules 2 to 4).

    Args:
        policy: the policy.
        transfer: the request; rule 1 does not permit it.
        events: what the ledger returned for the account. Events of other accounts count for
            nothing; where one of them is no event at all, nothing is permitted.

    Returns:
        A permit that names its records or its exemption, or a denial.
    """
    # INVARIANT (fail closed): what cannot be read might be a withdrawal of any record.
    held = tuple(events)
    read = [event for event in held if isinstance(event, ConsentEvent)]
    if len(read) < len(held):
        return deny(policy, transfer.placement, transfer.destination, Reason.CONSENT_UNVERIFIABLE)
    known = histories(event for event in read if event.account == transfer.account)
    relied_on: list[str] = []
    for source, destination in _directions(transfer):
        found = _covering(known, transfer, source, destination)
        if isinstance(found, Reason):
            return _decide_by_exemption(policy, transfer, found)
        relied_on.append(found)
    return _decision(
        policy,
        transfer.placement,
        transfer.destination,
        Reason.CONSENT,
        (policy.transfer_clause,),
        consent_ids=tuple(sorted(set(relied_on))),
    )


def _decide_by_exemption(policy: Policy, transfer: Transfer, otherwise: Reason) -> Decision:
    """Decide by the exemption that the request invokes; without one, deny for ``otherwise``."""
    invocation = transfer.exemption
    if invocation is None:
        return deny(policy, transfer.placement, transfer.destination, otherwise)
    unmet: str | None = SWITCHED_OFF
    if transfer.exemptions:
        unmet = unmet_condition(
            policy,
            invocation,
            placement=transfer.placement,
            source=transfer.source,
            destination=transfer.destination,
            purpose=transfer.purpose,
            at=transfer.at,
        )
    declared = policy.exemptions.get(invocation.exemption)
    decision = _decision(
        policy,
        transfer.placement,
        transfer.destination,
        Reason.EXEMPTION if unmet is None else Reason.EXEMPTION_NOT_MET,
        (policy.transfer_clause, *(() if declared is None else declared.clauses)),
    )
    obligations = () if declared is None or unmet is not None else declared.obligations
    return evolve(decision, exemption=invocation, unmet=unmet, obligations=obligations)


def deny(
    policy: Policy, placement: Placement, destination: tuple[Location, ...], reason: Reason
) -> Decision:
    """Return the denial of a transfer for ``reason``, by the transfer clause (rule 4)."""
    return _decision(policy, placement, destination, reason, (policy.transfer_clause,))


def _decision(
    policy: Policy,
    placement: Placement,
    destination: tuple[Location, ...],
    reason: Reason,
    clauses: tuple[str, ...] = (),
    *,
    consent_ids: tuple[str, ...] = (),
) -> Decision:
    return Decision(
        permitted=reason in _PERMITS,
        reason=reason,
        clauses=tuple(dict.fromkeys((placement.clause, *clauses))),
        solution=placement.solution,
        zones=placement.zones,
        destination=destination,
        policy=policy.reference,
        consent_ids=consent_ids,
    )


_PERMITS = frozenset((Reason.WITHIN_ZONE, Reason.CONSENT, Reason.EXEMPTION))

_Names = frozenset[str]


def _directions(transfer: Transfer) -> list[tuple[_Names, _Names]]:
    """List every (source, destination) that consent must cover, each by the names it may have.

    INVARIANT (no laundering): data that already lies elsewhere needs consent for its way from
    there, and for the way from its designated zone too, so that no chain of permitted transfers
    ends where a single one may not go.
    """
    zones = transfer.placement.zones
    sources = [frozenset((zone,)) for zone in zones]
    elsewhere = (each for each in transfer.source or () if each.zone not in zones)
    sources.extend(location.names for location in elsewhere)
    return [
        (source, location.names)
        for source in sources
        for location in transfer.destination
        if location.zone not in zones and location.names.isdisjoint(source)
    ]


def _covering(
    known: tuple[ConsentHistory, ...], transfer: Transfer, source: _Names, destination: _Names
) -> str | Reason:
    """Return the id of a valid record that covers one direction, or the reason there is none."""
    if not known:
        return Reason.NO_CONSENT
    validities = {
        history.record_id: history.validity(transfer.at)
        for history in known
        if _in_scope(history, transfer, source, destination)
    }
    valid = [record for record, validity in validities.items() if validity is Validity.VALID]
    if valid:
        return min(valid)
    return next(
        (reason for validity, reason in _REASON_OF.items() if validity in validities.values()),
        Reason.CONSENT_OUT_OF_SCOPE,
    )


# In order of precedence (semantics §3): the first that applies to a record in scope is the reason.
_REASON_OF = {
    Validity.WITHDRAWN: Reason.CONSENT_WITHDRAWN,
    Validity.REVOKED: Reason.CONSENT_REVOKED,
    Validity.UNVERIFIABLE: Reason.CONSENT_UNVERIFIABLE,
    Validity.NOT_YET_VALID: Reason.CONSENT_NOT_YET_VALID,
    Validity.EXPIRED: Reason.CONSENT_EXPIRED,
}


def _in_scope(
    history: ConsentHistory, transfer: Transfer, source: _Names, destination: _Names
) -> bool:
    return any(
        transfer.placement.solution in record.solutions
        and (ANY in record.categories or transfer.category in record.categories)
        and (ANY in record.purposes or transfer.purpose in record.purposes)
        and record.source_zone in source
        and not destination.isdisjoint(record.destination_zones)
        for record in history.records
    )
