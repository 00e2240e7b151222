"""The reference evaluator's third rule: exemptions, from the policy's words alone.

It takes the verdict of the other rules and shares no code with :mod:`residency.exemption`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple, NotRequired, TypedDict, cast

from residency.testing.reference import (
    Place,
    Placed,
    Question,
    Verdict,
    is_within,
    locate,
    territories_of,
)
from residency.testing.source import Document

__all__ = ["Claim", "exempt"]


class Claim(NamedTuple):
    """An exemption that a request invokes, with what it shows.

    Args:
        exemption: the exemption's id.
        personnel: alpha-2 codes of the countries that the people are in.
        provider: the id of the provider.
        reference: the reference of the document that it rests on.
        safeguards: where the record of the recipient's safeguards is kept.
        handling: whether data is handled and its storage stays.
        valid_from: the first moment at which it counts; None for always.
        valid_until: the first moment at which it no longer counts; None for never.
    """

    exemption: str
    personnel: tuple[str, ...] = ()
    provider: str | None = None
    reference: str | None = None
    safeguards: str | None = None
    handling: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class _Exemption(TypedDict):
    id: str
    clauses: list[str]
    purposes: NotRequired[list[str]]
    territories: NotRequired[list[str]]
    requires: NotRequired[list[str]]
    handling_only: bool


class _Provider(TypedDict):
    id: str
    solutions: NotRequired[list[str]]
    countries: NotRequired[list[str]]
    safeguards: NotRequired[str]


class _Rest(TypedDict):
    exemptions: NotRequired[list[_Exemption]]
    providers: NotRequired[list[_Provider]]


def exempt(
    document: Document,
    placed: Placed,
    question: Question,
    verdict: Verdict,
    claim: Claim | None,
    *,
    strict: bool = False,
) -> Verdict:
    """Return what rule 3 makes of the verdict of the other rules.

    Args:
        document: the policy document.
        placed: where the data is designated to be.
        question: what is asked.
        verdict: the answer of :func:`residency.testing.transfer`.
        claim: the exemption that is invoked; None if none is.
        strict: whether exemptions are switched off.
    """
    lacks_consent = verdict.reason == "NO_CONSENT" or verdict.reason.startswith("CONSENT_")
    if claim is None or not lacks_consent:
        return verdict
    rest = cast("_Rest", document)
    declared = [each for each in rest.get("exemptions", []) if each["id"] == claim.exemption]
    clauses = [placed.clause, document["policy"]["transfer_clause"]]
    clauses += [clause for each in declared for clause in each["clauses"]]
    is_met = (
        bool(declared)
        and not strict
        and all(_conditions(document, declared[0], placed, question, claim))
    )
    reason = "EXEMPTION" if is_met else "EXEMPTION_NOT_MET"
    return Verdict(reason, tuple(dict.fromkeys(clauses)))


def _conditions(
    document: Document, exemption: _Exemption, placed: Placed, question: Question, claim: Claim
) -> Iterator[bool]:
    """Yield whether each condition of an exemption is shown to be met."""
    on = question.at.astimezone(UTC).date()
    yield claim.valid_from is None or claim.valid_from <= question.at
    yield claim.valid_until is None or question.at < claim.valid_until
    yield claim.handling or not exemption["handling_only"]
    if exemption.get("purposes"):
        yield question.purpose in exemption.get("purposes", [])
    abroad = [
        place
        for place in _places(document, question.destination, on)
        if place.zone not in placed.zones
    ]
    groups = exemption.get("territories", [])
    if groups:
        lies = [] if question.source is None else _places(document, question.source, on)
        yield bool(claim.personnel)
        for territory in claim.personnel:
            yield _is_in(document, groups, territory, on)
        for zone in placed.zones:
            yield _zone_is_in(document, groups, zone, on)
        for place in (*lies, *abroad):
            for country in place.countries:
                yield _is_in(document, groups, country, on)
            yield bool(place.countries) or _zone_is_in(document, groups, place.zone, on)
    required = exemption.get("requires", [])
    yield "reference" not in required or claim.reference is not None
    yield "safeguards" not in required or claim.safeguards is not None
    if "provider" in required:
        registered = cast("_Rest", document).get("providers", [])
        named = [each for each in registered if each["id"] == claim.provider]
        yield bool(named)
        for provider in named:
            yield "safeguards" in provider
            yield question.solution in provider.get("solutions", [])
            for place in abroad:
                yield bool(place.countries)
                yield set(place.countries) <= set(provider.get("countries", []))


def _places(document: Document, texts: object, on: date) -> list[Place]:
    listed = [texts] if isinstance(texts, str) else list(cast("tuple[str, ...]", texts))
    found = [locate(document, text, on) for text in listed]
    return [place for place in found if place is not None]


def _is_in(document: Document, groups: list[str], territory: str, on: date) -> bool:
    """Say whether a territory lies in one of the document's territory groups on a day."""
    return any(is_within(document, group, territory, on) for group in groups)


def _zone_is_in(document: Document, groups: list[str], zone: str | None, on: date) -> bool:
    """Say whether all of a zone's ground lies in the groups."""
    for known in document["zones"]:
        if known["id"] == zone:
            ground = territories_of(document, known["territory"], on)
            return all(_is_in(document, groups, territory, on) for territory in ground)
    return False
