"""The sections of a policy document: each from its TOML to its values.

A section that cites another, such as a rule its clause and zone, looks it up among what the
document has declared so far, so nothing that it names can be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias, TypeVar

from residency.errors import quote
from residency.geography import fold
from residency.policy.document import (
    Clause,
    Contact,
    DataCategory,
    Entity,
    Evidence,
    Exemption,
    Provider,
    RetentionLimit,
    RetentionUnit,
    Rule,
    Solution,
    TerritorySet,
    Zone,
)
from residency.policy.toml import LONGEST_TEXT, Node

__all__ = [
    "Declared",
    "clauses",
    "contact",
    "entities",
    "exemption",
    "glossary",
    "one_each",
    "provider",
    "rules",
    "solution",
    "statement",
    "territory_sets",
    "zone",
]

Declared: TypeAlias = Mapping[str, Collection[str]]
"""The ids that may be cited, by what they are: ``clause``, ``zone``, ``entity`` and so on."""

_CENTURY: Final = {
    RetentionUnit.DAYS: 36_525,
    RetentionUnit.MONTHS: 1_200,
    RetentionUnit.YEARS: 100,
}
_UNITS = tuple(unit.value for unit in RetentionUnit)
_EVIDENCE = tuple(kind.value for kind in Evidence)


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_Value = TypeVar("_Value", bound=_Identified)


def one_each(
    node: Node, build: Callable[[Node, Declared], _Value], declared: Declared
) -> Mapping[str, _Value]:
    """Return what ``build`` makes of each table of an array, by id, in order.

    Ids that differ only in case are one id: nobody could tell them apart in speech.
    """
    built: dict[str, _Value] = {}
    spelled: dict[str, str] = {}
    for item in node.items():
        value = build(item, declared)
        other = spelled.setdefault(value.id.casefold(), value.id)
        if value.id in built or other != value.id:
            raise item.field("id").refusal(f"{quote(other)} is taken: choose another id")
        built[value.id] = value
    return MappingProxyType(built)


def clauses(node: Node) -> Mapping[str, Clause]:
    """Return the clauses: ids and what they say."""
    found = [
        Clause(key.clause_id(), value.text(longest=LONGEST_TEXT)) for key, value in node.entries()
    ]
    return MappingProxyType({clause.id: clause for clause in found})


def glossary(node: Node) -> Mapping[str, str]:
    """Return ids and what they mean; an absent glossary is empty."""
    entries = node.entries() if node else []
    return MappingProxyType({key.id(): value.text() for key, value in entries})


def statement(
    build: Callable[[str, str, str], _Value],
) -> Callable[[Node, Declared], _Value]:
    """Return the reader of a section that has an id, a name and a clause, and nothing else."""

    def read(node: Node, declared: Declared) -> _Value:
        keys = node.fields("id", "name", "clause")
        clause = _cited(keys["clause"], "clause", declared)
        return build(keys["id"].id(), keys["name"].text(), clause)

    return read


def territory_sets(node: Node, declared: Declared) -> Mapping[str, TerritorySet]:
    """Return the territory sets."""
    sets = [_territory_set(key, value, declared) for key, value in node.entries()]
    return MappingProxyType({found.id: found for found in sets})


def _territory_set(key: Node, node: Node, declared: Declared) -> TerritorySet:
    keys = node.fields("codes", "union", "except", "source")
    codes = frozenset(keys["codes"].territories())
    union = _cited(keys["union"], "union", declared) if keys["union"] else None
    exceptions = frozenset(keys["except"].territories())
    if not codes and union is None:
        raise node.refusal("names no territory: give codes, or a union")
    if exceptions and union is None:
        raise keys["except"].refusal("there is no union to take from: leave the codes out instead")
    if both := codes & exceptions:
        problem = f"{', '.join(sorted(both))} stand in codes too: remove them from one"
        raise keys["except"].refusal(problem, value=tuple(sorted(both)))
    return TerritorySet(key.id(), codes, union, exceptions, keys["source"].text())


def zone(node: Node, declared: Declared) -> Zone:
    """Return a zone."""
    keys = node.fields("id", "name", "territory")
    ground = _cited(keys["territory"], "territory set", declared)
    return Zone(keys["id"].id(), keys["name"].text(), ground)


def entities(node: Node) -> Mapping[str, Entity]:
    """Return the entities, no two of which answer to the same name."""
    found = one_each(node, _entity, {})
    answers: dict[str, str] = {}
    for item, entity in zip(node.items(), found.values(), strict=True):
        for name in (entity.id, entity.name, *entity.aliases):
            other = answers.setdefault(fold(name), entity.id)
            if other != entity.id:
                problem = f"{quote(name)} names entity {quote(other)} too: tell them apart"
                raise item.refusal(problem, value=name)
    return found


def _entity(node: Node, _: Declared) -> Entity:
    keys = node.fields("id", "name", "aliases")
    aliases = tuple(alias.text() for alias in keys["aliases"].items())
    return Entity(keys["id"].id(), keys["name"].text(), aliases)


def rules(node: Node, declared: Declared) -> tuple[Rule, ...]:
    """Return the rules, in order, at most one of them for elsewhere."""
    found = tuple(_rule(item, declared) for item in node.items())
    elsewhere = [node for node, rule in zip(node.items(), found, strict=True) if not rule.within]
    if len(elsewhere) > 1:
        raise elsewhere[1].field("elsewhere").refusal("a second rule for elsewhere: keep one")
    return found


def _rule(node: Node, declared: Declared) -> Rule:
    keys = node.fields("clause", "within", "elsewhere", "zone", "zone_by_entity")
    clause = _cited(keys["clause"], "clause", declared)
    elsewhere = keys["elsewhere"].flag() if keys["elsewhere"] else False
    if bool(keys["within"]) == elsewhere:
        raise node.refusal("write either within, or elsewhere = true")
    if bool(keys["zone"]) == bool(keys["zone_by_entity"]):
        raise node.refusal("write either zone or zone_by_entity")
    within = _cited(keys["within"], "territory set", declared) if keys["within"] else None
    if keys["zone"]:
        return Rule(clause, within, _cited(keys["zone"], "zone", declared), MappingProxyType({}))
    by_entity = {
        _cited(entity, "entity", declared): _cited(zone, "zone", declared)
        for entity, zone in keys["zone_by_entity"].entries()
    }
    if missing := [entity for entity in declared["entity"] if entity not in by_entity]:
        problem = f"no zone for entity {quote(missing[0])}: give every entity one"
        raise keys["zone_by_entity"].refusal(problem, value=tuple(missing))
    return Rule(clause, within, None, MappingProxyType(by_entity))


def solution(node: Node, declared: Declared) -> Solution:
    """Return a solution with its storage and data."""
    keys = node.fields("id", "name", "clause", "placed_by_country", "hosting", "storage", "data")
    storage = {
        _cited(zone, "zone", declared): countries.required().territories()
        for zone, countries in keys["storage"].entries()
    }
    if not storage:
        raise keys["storage"].refusal("empty: name a zone and its hosting countries")
    return Solution(
        id=keys["id"].id(),
        name=keys["name"].text(),
        clause=_cited(keys["clause"], "clause", declared),
        placed_by_country=keys["placed_by_country"].flag(),
        storage=MappingProxyType(storage),
        hosting=_cited(keys["hosting"], "kind of hosting", declared),
        categories=tuple(one_each(keys["data"], _category, declared).values()),
    )


def _category(node: Node, declared: Declared) -> DataCategory:
    keys = node.fields("id", "name", "clause", "retention")
    return DataCategory(
        id=keys["id"].id(),
        name=keys["name"].text(),
        clause=_cited(keys["clause"], "clause", declared),
        retention=tuple(_limit(item, declared) for item in keys["retention"].items()),
    )


def _limit(node: Node, declared: Declared) -> RetentionLimit:
    keys = node.fields("amount", "unit", "after")
    unit = RetentionUnit(keys["unit"].one_of(_UNITS, "unit"))
    amount = keys["amount"].integer(least=1, most=_CENTURY[unit])
    return RetentionLimit(amount, unit, _cited(keys["after"], "event", declared))


def provider(node: Node, declared: Declared) -> Provider:
    """Return a third-party provider."""
    keys = node.fields("id", "name", "role", "clause", "solutions", "countries", "safeguards")
    return Provider(
        id=keys["id"].id(),
        name=keys["name"].text(),
        role=keys["role"].text(),
        clause=_cited(keys["clause"], "clause", declared),
        solutions=keys["solutions"].several_of(declared["solution"], "solution"),
        countries=frozenset(keys["countries"].territories()),
        safeguards=keys["safeguards"].optional_text(),
    )


def exemption(node: Node, declared: Declared) -> Exemption:
    """Return an exemption from the transfer clause."""
    keys = node.fields(
        "id",
        "name",
        "clauses",
        "purposes",
        "territories",
        "requires",
        "handling_only",
        "obligations",
    )
    return Exemption(
        id=keys["id"].id(),
        name=keys["name"].text(),
        clauses=keys["clauses"].required().several_of(declared["clause"], "clause"),
        purposes=keys["purposes"].several_of(declared["purpose"], "purpose"),
        territories=keys["territories"].several_of(declared["territory set"], "territory set"),
        requires=tuple(map(Evidence, keys["requires"].several_of(_EVIDENCE, "kind of evidence"))),
        handling_only=keys["handling_only"].flag(),
        obligations=tuple(item.text() for item in keys["obligations"].items()),
    )


def contact(node: Node, declared: Declared) -> Contact:
    """Return whom to write to about privacy."""
    keys = node.fields("role", "clause", "email", "phone", "fax", "address", "web")
    return Contact(
        role=keys["role"].text(),
        clause=_cited(keys["clause"], "clause", declared),
        email=keys["email"].optional_text(),
        phone=keys["phone"].optional_text(),
        fax=keys["fax"].optional_text(),
        address=keys["address"].optional_text(),
        web=keys["web"].optional_text(),
    )


def _cited(node: Node, what: str, declared: Declared) -> str:
    return node.one_of(declared[what], what)
