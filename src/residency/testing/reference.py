"""The reference evaluator: slow, obvious, and written from the policy's words alone.

It answers what the engine answers (where is this data stored, may it go there) and shares no
decision code with it: it loops over the policy document and the geography's data files and keeps
nothing that it decided. From the engine it takes consent events as values, and nothing else. Where
the two disagree, one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

from residency.consent.event import ConsentEvent, EventKind
from residency.testing.countries import territory_of
from residency.testing.records import records_of, state_of
from residency.testing.source import (
    GEOGRAPHY,
    Document,
    PlacementRule,
    Product,
    members_of,
    plain,
)

__all__ = [
    "Place",
    "Placed",
    "Question",
    "Refused",
    "Verdict",
    "decide",
    "is_within",
    "locate",
    "place",
    "territories_of",
    "transfer",
]


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The policy gives no answer to the question; the argument is the error kind to expect."""


class Placed(NamedTuple):
    """Where data is stored: the zones, the hosting countries, and the clause that says so."""

    zones: tuple[str, ...]
    hosting: tuple[str, ...]
    clause: str


class Place(NamedTuple):
    """A physical place: how it is written, what a record may call it, its countries, its zone."""

    label: str
    names: frozenset[str]
    countries: tuple[str, ...]
    zone: str | None


class Question(NamedTuple):
    """May the data of an account's solution be brought to a place?

    Args:
        account: the account's id.
        solution: the solution's id.
        destination: every place that the bytes land on.
        at: the moment, timezone-aware.
        source: where the data lies; None for where it is designated to be.
        category: the data category, if it is known.
        purpose: the purpose, if it is known.
    """

    account: str
    solution: str
    destination: str | Iterable[str]
    at: datetime
    source: str | Iterable[str] | None = None
    category: str | None = None
    purpose: str | None = None


class Verdict(NamedTuple):
    """An answer: the reason's name, the clauses that decide, and the consents relied on."""

    reason: str
    clauses: tuple[str, ...]
    consents: tuple[str, ...] = ()

    @property
    def permitted(self) -> bool:
        """Whether the data may be brought there."""
        return self.reason in {"WITHIN_ZONE", "CONSENT", "EXEMPTION"}


# --- semantics §1: where an account's data is stored ---------------------------------------------


def place(
    document: Document,
    territory: str,
    entity: str | None,
    setup_date: date,
    solution: str,
    *,
    agreement_zone: str | None = None,
) -> Placed:
    """Return where the data of an account's solution is stored.

    Args:
        document: the policy document.
        territory: the alpha-2 code of the country that was typed at setup.
        entity: the order entity's id or one of its names; None if it is missing.
        setup_date: the day of the initial setup.
        solution: the solution's id.
        agreement_zone: the zone that a written agreement names, if there is one.

    Raises:
        Refused: the solution or the entity is unknown, the entity is missing, or the agreement
            names a zone without storage.
    """
    product = _product(document, solution)
    if agreement_zone is not None:
        if agreement_zone not in product["storage"]:
            raise Refused("NO_STORAGE")
        zones = [agreement_zone]
        clause = document["policy"]["agreement_clause"]
    elif product["placed_by_country"]:
        rule = _rule(document, territory, setup_date)
        zones = [_zone(document, rule, entity)]
        clause = rule["clause"]
    else:
        zones = list(product["storage"])
        clause = product["clause"]
    hosting = [country for zone in zones for country in product["storage"][zone]]
    return Placed(tuple(zones), tuple(hosting), clause)


def is_within(document: Document, group: str, territory: str, on: date) -> bool:
    """Say whether a territory lies in a territory group of the document on a day."""
    members = document["territories"][group]
    if territory in members.get("codes", []):
        return True
    if "union" not in members or territory in members.get("except", []):
        return False
    return territory in members_of(members["union"], on)


def territories_of(document: Document, group: str, on: date) -> frozenset[str]:
    """Return every territory that lies in a territory group of the document on a day."""
    members = document["territories"][group]
    codes = frozenset(members.get("codes", []))
    if "union" not in members:
        return codes
    return codes | members_of(members["union"], on).difference(members.get("except", []))


def _product(document: Document, solution: str) -> Product:
    for product in document["solutions"]:
        if product["id"] == solution:
            return product
    raise Refused("UNKNOWN_SOLUTION")


def _rule(document: Document, territory: str, on: date) -> PlacementRule:
    applying = [
        rule
        for rule in document["rules"]
        if "within" in rule and is_within(document, rule["within"], territory, on)
    ] or [rule for rule in document["rules"] if rule.get("elsewhere", False)]
    # Unpacked, so that a territory with two rules or none is an error and not a choice.
    [rule] = applying
    return rule


def _zone(document: Document, rule: PlacementRule, entity: str | None) -> str:
    if "zone" in rule:
        return rule["zone"]
    if entity is None or not plain(entity):
        raise Refused("MISSING_ENTITY")
    for known in document["entities"]:
        for name in (known["id"], known["name"], *known.get("aliases", [])):
            if plain(name) == plain(entity):
                return rule.get("zone_by_entity", {})[known["id"]]
    raise Refused("UNKNOWN_ENTITY")


# --- semantics §2: what may leave the designated zone --------------------------------------------


def decide(
    document: Document,
    question: Question,
    events: Iterable[ConsentEvent] | None,
    *,
    territory: str,
    entity: str | None,
    setup_date: date,
    agreement_zone: str | None = None,
) -> Verdict:
    """Return whether the data of an account's solution may be brought to a place.

    Args:
        document: the policy document.
        question: what is asked.
        events: the consent events that the ledger holds; None if it could not be read.
        territory: as for :func:`place`, and so are the others.
        entity: the order entity.
        setup_date: the day of the initial setup.
        agreement_zone: the zone of a written agreement.

    Raises:
        Refused: as for :func:`place` and :func:`transfer`.
    """
    solution = question.solution
    placed = place(document, territory, entity, setup_date, solution, agreement_zone=agreement_zone)
    return transfer(document, placed, question, events)


def transfer(
    document: Document,
    placed: Placed,
    question: Question,
    events: Iterable[ConsentEvent] | None,
) -> Verdict:
    """Return whether data that is placed may be brought to a place; see :func:`decide`.

    Raises:
        Refused: the source is no known place.
    """
    clauses = _distinct(placed.clause, document["policy"]["transfer_clause"])
    on = question.at.astimezone(UTC).date()
    lies = [] if question.source is None else _places(document, question.source, on)
    if question.source is not None and not lies:
        raise Refused("UNKNOWN_LOCATION")
    goes = _places(document, question.destination, on)
    if not goes:
        return Verdict("UNKNOWN_DESTINATION", clauses)

    # Rule 1. What lands at home needs no consent, but may have to land where hosting is declared.
    home = [found for found in goes if found.zone in placed.zones]
    if not all(_is_declared(document, found, placed) for found in home):
        hosted_by = _product(document, question.solution)["clause"]
        return Verdict("UNDECLARED_HOSTING", _distinct(placed.clause, hosted_by))
    abroad = [found for found in goes if found.zone not in placed.zones]
    if not abroad:
        return Verdict("WITHIN_ZONE", (placed.clause,))

    # Rules 2 and 4. What lands abroad needs a consent, for each way that it takes.
    if events is None:
        return Verdict("LEDGER_UNAVAILABLE", clauses)
    records = records_of(question.account, events)
    relied_on: set[str] = set()
    for start, found in _ways(placed, lies, abroad):
        states = [
            (state_of(stated, question.at), record_id)
            for record_id, stated in records
            if any(_covers(event, start, found, question) for event in stated)
        ]
        valid = [record_id for state, record_id in states if state == "VALID"]
        if not valid:
            reason = _worst([state for state, _ in states], any_record=bool(records))
            return Verdict(reason, clauses)
        relied_on.add(min(valid))
    return Verdict("CONSENT", clauses, tuple(sorted(relied_on)))


def _is_declared(document: Document, found: Place, placed: Placed) -> bool:
    if not document["policy"].get("enforce_hosting", False):
        return True
    # A zone as a whole names no country, so it cannot be shown to be a declared one.
    return bool(found.countries) and set(found.countries) <= set(placed.hosting)


def _ways(
    placed: Placed, lies: list[Place], abroad: list[Place]
) -> list[tuple[frozenset[str], Place]]:
    """Return every way that the data must be allowed to take: from where, by its names, to where.

    It comes from its designated zones, all of them. Data that was brought elsewhere must be allowed
    to leave that place too: else a chain of transfers would end where none of them may. What lies
    in the place that it goes to takes no way.
    """
    starts = [frozenset({zone}) for zone in placed.zones]
    starts += [lying.names for lying in lies if lying.zone not in placed.zones]
    return [(start, goes) for start in starts for goes in abroad if start.isdisjoint(goes.names)]


def _worst(states: list[str], *, any_record: bool) -> str:
    for state in ("WITHDRAWN", "REVOKED", "UNVERIFIABLE", "NOT_YET_VALID", "EXPIRED"):
        if state in states:
            return f"CONSENT_{state}"
    return "CONSENT_OUT_OF_SCOPE" if any_record else "NO_CONSENT"


def locate(document: Document, text: str, on: date) -> Place | None:
    """Return the place that a text names as the document sees it on a day; None for no place."""
    scheme, _, name = text.partition(":")
    if scheme == "zone":
        for zone in document["zones"]:
            if zone["id"] == name:
                return Place(text, frozenset({text, name}), (), name)
    elif scheme == "country":
        territory = territory_of(name)
        if territory is not None:
            return _ground(document, f"country:{territory}", (territory,), on)
    else:
        # Signs that are no ASCII are no letters of a region, whatever their lower case is.
        region = GEOGRAPHY["regions"].get(scheme, {}).get(name.strip().lower())
        if region is not None and name.isascii():
            return _ground(document, region["label"], tuple(region["countries"]), on)
    return None


def _ground(document: Document, label: str, countries: tuple[str, ...], on: date) -> Place:
    names = {label}
    if len(countries) == 1:
        names.add(f"country:{countries[0]}")
    for zone in document["zones"]:
        if all(is_within(document, zone["territory"], country, on) for country in countries):
            return Place(label, frozenset({*names, zone["id"]}), countries, zone["id"])
    return Place(label, frozenset(names), countries, None)


def _places(document: Document, texts: str | Iterable[str], on: date) -> list[Place]:
    """Return the places, each once, in the order of their labels; none if one is unknown."""
    places: dict[str, Place] = {}
    for text in [texts] if isinstance(texts, str) else texts:
        found = locate(document, text, on)
        if found is None:
            return []
        places[found.label] = found
    return [places[label] for label in sorted(places)]


def _covers(event: ConsentEvent, start: frozenset[str], goes: Place, question: Question) -> bool:
    """Say whether the event gives a record that is about this transfer, valid or not."""
    return (
        event.kind is EventKind.GIVEN
        and event.record is not None
        and event.record.source_zone in start
        and not goes.names.isdisjoint(event.record.destination_zones)
        and question.solution in event.record.solutions
        and (question.category in event.record.categories or "*" in event.record.categories)
        and (question.purpose in event.record.purposes or "*" in event.record.purposes)
    )


def _distinct(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
