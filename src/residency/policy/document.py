"""The policy document as values: what a company promises, before anything is decided from it.

Nothing here knows a particular company: zones, entities, solutions, territories and clauses are all
data that :mod:`residency.policy.reader` takes from a TOML document. Every value is immutable.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import chain

from attrs import frozen

from residency.geography import LOCATIONS, Locations, Memberships, Territory
from residency.value import Value

__all__ = [
    "Clause",
    "Contact",
    "DataCategory",
    "Entity",
    "Evidence",
    "Exemption",
    "Integration",
    "Policy",
    "PolicyReference",
    "Provider",
    "Purpose",
    "RetentionLimit",
    "RetentionUnit",
    "Right",
    "Rule",
    "Solution",
    "TerritorySet",
    "Zone",
]


@frozen(slots=True, eq=False, repr=False)
class PolicyReference(Value):
    """Which policy decided: its id, the day it took effect, and the revision of its data.

    Args:
        id: the document's id, such as ``xmedius``.
        effective: the first day it applies.
        revision: lower-case hexadecimal SHA-256 of the document and of the geography data it was
            compiled with.
    """

    id: str
    effective: date
    revision: str

    def __str__(self) -> str:
        return f"{self.id}/{self.effective.isoformat()}/sha256:{self.revision}"


@frozen(slots=True, eq=False, repr=False)
class Clause(Value):
    """One statement of the policy: its id (such as ``§5(ii)``) and what it says, in our words."""

    id: str
    says: str


@frozen(slots=True, eq=False, repr=False)
class TerritorySet(Value):
    """A named set of territories, fixed by its codes or dated by membership of a union.

    Args:
        id: the name that zones and rules refer to.
        codes: territories that belong at all times.
        union: the union whose members, on a given date, belong too; None for none.
        exceptions: territories that do not belong, although they were members of the union.
        source: the legal or standard basis.
    """

    id: str
    codes: frozenset[Territory]
    union: str | None
    exceptions: frozenset[Territory]
    source: str


@frozen(slots=True, eq=False, repr=False)
class Zone(Value):
    """A storage zone: its id (such as ``EU``), name, and the territory set that is its ground."""

    id: str
    name: str
    territory: str


@frozen(slots=True, eq=False, repr=False)
class Entity(Value):
    """A legal entity that processes orders: its id and the names it is accepted under."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


@frozen(slots=True, eq=False, repr=False)
class Rule(Value):
    """One case of the placement clause (semantics §1).

    Args:
        clause: the clause id that decides where this rule applies.
        within: the territory set it covers; None covers every territory no other rule does.
        zone: the zone it leads to, whoever processed the order; None where the entity decides.
        zone_by_entity: entity id to zone id, complete over the entities, where the entity decides.
    """

    clause: str
    within: str | None
    zone: str | None
    zone_by_entity: Mapping[str, str]


class RetentionUnit(StrEnum):
    """The calendar unit of a retention limit."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


@frozen(slots=True, eq=False, repr=False)
class RetentionLimit(Value):
    """Keep data for at most so long after an event.

    Args:
        amount: how many units; at least 1, together at most a century.
        unit: the calendar unit.
        after: the id of the event that starts the clock, such as ``account-termination``.
    """

    amount: int
    unit: RetentionUnit
    after: str


@frozen(slots=True, eq=False, repr=False)
class DataCategory(Value):
    """A category of data that a solution holds.

    Args:
        id: the category's id, such as ``fax-data``.
        name: in words.
        clause: the clause that states it.
        retention: the limits, whichever applies; empty where the policy states none.
    """

    id: str
    name: str
    clause: str
    retention: tuple[RetentionLimit, ...]


@frozen(slots=True, eq=False, repr=False)
class Solution(Value):
    """A product that stores data.

    Args:
        id: such as ``xm-fax``.
        name: in words.
        clause: the clause that declares its hosting; it also decides the placement of a solution
            whose zone the country does not choose.
        placed_by_country: whether the setup country chooses among its zones.
        storage: zone id to the declared hosting countries, in document order.
        hosting: the id of the kind of hosting, such as ``colocation``.
        categories: the data it holds.
    """

    id: str
    name: str
    clause: str
    placed_by_country: bool
    storage: Mapping[str, tuple[Territory, ...]]
    hosting: str
    categories: tuple[DataCategory, ...]


@frozen(slots=True, eq=False, repr=False)
class Purpose(Value):
    """A purpose that data is used for: its id, what it is, and the clause that states it."""

    id: str
    name: str
    clause: str


@frozen(slots=True, eq=False, repr=False)
class Provider(Value):
    """A third-party provider, or a category of them, that the company itself engages.

    Args:
        id: the provider's id.
        name: in words.
        role: what it does with the data.
        clause: the clause that names it.
        solutions: the solutions it works for.
        countries: where it works; empty where the policy does not say.
        safeguards: where the record of its safeguards is kept; None where there is no record, and
            then no exemption can rest on it.
    """

    id: str
    name: str
    role: str
    clause: str
    solutions: tuple[str, ...]
    countries: frozenset[Territory]
    safeguards: str | None


@frozen(slots=True, eq=False, repr=False)
class Integration(Value):
    """A third-party service that a customer may connect; it answers for its own privacy policy."""

    id: str
    name: str
    clause: str


class Evidence(StrEnum):
    """What a request must show before it may rest on an exemption."""

    PROVIDER = "provider"
    """A named provider whose safeguards are on record."""
    REFERENCE = "reference"
    """The reference of a document, such as an authority's order."""
    SAFEGUARDS = "safeguards"
    """The record of the recipient's safeguards."""


@frozen(slots=True, eq=False, repr=False)
class Exemption(Value):
    """A declared exemption from the transfer clause; a request must invoke it by its id.

    Args:
        id: such as ``PERSONNEL``.
        name: in words.
        clauses: the clauses that declare it.
        purposes: the purposes it serves; empty where the policy names none.
        territories: territory set ids in which people and data must be; empty where unrestricted.
        requires: what the request must show.
        handling_only: whether it lets data be handled without letting its storage move.
        obligations: what whoever relies on it must do, in words.
    """

    id: str
    name: str
    clauses: tuple[str, ...]
    purposes: tuple[str, ...]
    territories: tuple[str, ...]
    requires: tuple[Evidence, ...]
    handling_only: bool
    obligations: tuple[str, ...]


@frozen(slots=True, eq=False, repr=False)
class Right(Value):
    """A right of the people whom the data is about: its id, what it is, and its clause."""

    id: str
    name: str
    clause: str


@frozen(slots=True, eq=False, repr=False)
class Contact(Value):
    """Whom to write to about privacy; a way of contact that the policy does not give is None."""

    role: str
    clause: str
    email: str | None
    phone: str | None
    fax: str | None
    address: str | None
    web: str | None


@frozen(slots=True, eq=False, repr=False)
class Policy(Value):
    """A whole policy document, checked: every territory has exactly one rule on every date.

    Mappings go from id to value and keep the document's order. Build one with
    :func:`residency.load_policy`.

    Args:
        reference: the id, effective date and revision.
        title: the policy's title.
        source: where the policy was published.
        controller: who answers for the data.
        notice_days: how many days ahead a change that raises privacy risk is announced.
        notice_clause: the clause that says so.
        enforce_hosting: whether a write to a country of the right zone that is no declared hosting
            country is blocked.
        default_solution: the solution that a batch or the command line means where none is named;
            None for no such default. Nothing else reads it.
        placement_clause: the clause that decides where data is stored.
        transfer_clause: the clause that forbids transfers out of the zone without consent.
        agreement_clause: the clause that lets a written agreement decide instead.
        clauses: every clause that anything here cites.
        territory_sets: the named sets of territories.
        zones: the storage zones.
        entities: the legal entities that process orders.
        rules: the cases of the placement clause.
        hosting_kinds: id of a kind of hosting to what it means.
        events: id of an event that starts a retention limit to what it means.
        purposes: what data is used for.
        solutions: the products that store data.
        providers: the third parties that the company engages.
        integrations: the third-party services that customers may connect.
        exemptions: the declared exemptions from the transfer clause.
        rights: the rights of the people whom the data is about.
        contact: whom to write to; None where the policy does not say.
        memberships: the dated memberships it was checked against.
        locations: the places that a destination may name.
    """

    reference: PolicyReference
    title: str
    source: str
    controller: str
    notice_days: int
    notice_clause: str
    enforce_hosting: bool
    default_solution: str | None
    placement_clause: str
    transfer_clause: str
    agreement_clause: str
    clauses: Mapping[str, Clause]
    territory_sets: Mapping[str, TerritorySet]
    zones: Mapping[str, Zone]
    entities: Mapping[str, Entity]
    rules: tuple[Rule, ...]
    hosting_kinds: Mapping[str, str]
    events: Mapping[str, str]
    purposes: Mapping[str, Purpose]
    solutions: Mapping[str, Solution]
    providers: Mapping[str, Provider]
    integrations: Mapping[str, Integration]
    exemptions: Mapping[str, Exemption]
    rights: Mapping[str, Right]
    contact: Contact | None
    memberships: Memberships
    locations: Locations = LOCATIONS

    def __repr__(self) -> str:
        # Not the whole document: a policy stands in tracebacks and in reports of failed tests.
        return f"<Policy {self.reference}>"

    def contains(self, territory_set: str, territory: Territory, on: date) -> bool:
        """Say whether ``territory`` lies in the named territory set on the day ``on``."""
        members = self.territory_sets[territory_set]
        if territory in members.codes:
            return True
        if members.union is None or territory in members.exceptions:
            return False
        return self.memberships.is_member(members.union, territory, on)

    def zone_of(self, territory: Territory, on: date) -> str | None:
        """Return the zone whose ground ``territory`` is on the day ``on``; None for no zone."""
        for zone in self.zones.values():
            if self.contains(zone.territory, territory, on):
                return zone.id
        return None

    def rule_for(self, territory: Territory, on: date) -> Rule:
        """Return the one placement rule that covers ``territory`` on the day ``on``."""
        within = (
            rule
            for rule in self.rules
            if rule.within is not None and self.contains(rule.within, territory, on)
        )
        elsewhere = (rule for rule in self.rules if rule.within is None)
        # INVARIANT (total): the reader refuses a document that leaves a territory without a rule.
        return next(chain(within, elsewhere))
