"""Decisions in words that an administrator understands."""

from __future__ import annotations

from collections.abc import Iterator

from residency.checks import require_instance
from residency.destination import Location
from residency.geography import TERRITORIES
from residency.transfer import SWITCHED_OFF, Decision, Reason

__all__ = ["explain"]


def explain(decision: Decision) -> str:
    """Say in plain words what was decided, by which clause, and what would permit it.

    Args:
        decision: a permit or a denial.

    Returns:
        A few sentences, each on a line of its own.

    Raises:
        InputError: ``decision`` is no :class:`~residency.Decision`.
    """
    require_instance(decision, Decision, "the decision")
    places = " and ".join(location.label for location in decision.destination)
    verdict = "may" if decision.permitted else "may not"
    zones = " and ".join(decision.zones)
    lines = [
        (
            f"The {decision.solution} data of this account is designated for zone {zones}, "
            f"and {verdict} be brought to {places}."
        ),
        *(_ground(location) for location in decision.destination if location.countries),
        _WHY[decision.reason].format(zones=zones, consents=", ".join(decision.consent_ids)),
        *_rested(decision),
        (
            f"Decided by {', '.join(decision.clauses)} of the policy {decision.policy.id} "
            f"effective {decision.policy.effective.isoformat()} ({decision.reason})."
        ),
    ]
    remedy = _CONSENT if decision.unmet == SWITCHED_OFF else _REMEDY.get(decision.reason)
    if remedy is not None:
        outside = (each.label for each in decision.destination if each.zone not in decision.zones)
        named = " and ".join(outside)
        lines.append(f"What would permit it: {remedy.format(zones=zones, places=named)}.")
    lines.extend(f"You must: {obligation}." for obligation in decision.obligations)
    return "\n".join(lines)


def _ground(location: Location) -> str:
    countries = " and ".join(TERRITORIES[country] for country in sorted(location.countries))
    zone = "in no zone" if location.zone is None else f"in zone {location.zone}"
    return f"{location.label} stands in {countries}, {zone}."


def _rested(decision: Decision) -> Iterator[str]:
    """Say which exemption was invoked, with all that was shown for it."""
    invoked = decision.exemption
    if invoked is None:
        return
    shown = {
        "personnel in": ", ".join(invoked.personnel),
        "provider": invoked.provider,
        "reference": invoked.reference,
        "safeguards": invoked.safeguards,
        "until": invoked.valid_until and invoked.valid_until.isoformat(),
    }
    facts = "".join(f", {name} {value}" for name, value in shown.items() if value)
    unmet = "" if decision.unmet is None else f": {decision.unmet}"
    yield f"{invoked.exemption}{facts}{unmet}."


_WHY = {
    Reason.WITHIN_ZONE: "Every place it would come to rest in lies inside the designated zone.",
    Reason.CONSENT: "The customer's explicit consent covers it: record {consents}.",
    Reason.EXEMPTION: "No consent covers it, and an exemption does, which the request invoked:",
    Reason.NO_CONSENT: "It would leave zone {zones}, and the account has no consent on record.",
    Reason.CONSENT_WITHDRAWN: "The consent that covered it was withdrawn by the customer.",
    Reason.CONSENT_REVOKED: "The consent that covered it was revoked.",
    Reason.CONSENT_EXPIRED: "The consent that covered it has expired.",
    Reason.CONSENT_NOT_YET_VALID: "The consent that covers it is not valid yet.",
    Reason.CONSENT_OUT_OF_SCOPE: (
        "The account has consents on record, and none covers this destination, solution, data "
        "category and purpose."
    ),
    Reason.CONSENT_UNVERIFIABLE: (
        "The consent on record cannot be relied on: it contradicts itself, was not explicit, was "
        "invalidated, or cannot be read."
    ),
    Reason.EXEMPTION_NOT_MET: (
        "No consent covers it, and neither does the exemption that the request invoked:"
    ),
    Reason.LEDGER_UNAVAILABLE: (
        "It would leave zone {zones}, and the consent ledger could not be read."
    ),
    Reason.UNKNOWN_DESTINATION: "The destination is not known, so no zone can be shown for it.",
    Reason.UNDECLARED_HOSTING: (
        "The place lies inside zone {zones}, but the policy asks for a declared hosting country "
        "and it is none."
    ),
}

_CONSENT = "an explicit consent of the customer from zone {zones} to {places}"
_REMEDY = {
    Reason.NO_CONSENT: _CONSENT,
    Reason.CONSENT_WITHDRAWN: f"{_CONSENT}, under a new record",
    Reason.CONSENT_REVOKED: f"{_CONSENT}, under a new record",
    Reason.CONSENT_EXPIRED: "a renewal of that consent by the customer",
    Reason.CONSENT_NOT_YET_VALID: "waiting until that consent becomes valid",
    Reason.CONSENT_OUT_OF_SCOPE: f"{_CONSENT}, for this solution, data category and purpose",
    Reason.CONSENT_UNVERIFIABLE: f"{_CONSENT}, under a new record with its evidence",
    Reason.EXEMPTION_NOT_MET: f"{_CONSENT}, or what the exemption asks for",
    Reason.LEDGER_UNAVAILABLE: "a consent on record, once the ledger can be read again",
    Reason.UNKNOWN_DESTINATION: (
        "a destination written as country:CODE, zone:ID or PROVIDER:REGION inside zone {zones}"
    ),
    Reason.UNDECLARED_HOSTING: "a declared hosting country of the solution inside zone {zones}",
}
