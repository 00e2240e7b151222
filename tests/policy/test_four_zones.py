"""A second company, with other zones, entities and rules, needs nothing but its own document."""

from datetime import date
from typing import Any

import pytest

from residency.geography import TERRITORIES, Territory
from residency.policy import (
    Evidence,
    Policy,
    RetentionLimit,
    RetentionUnit,
    load_policy,
    read_policy,
)
from tests.policy.documents import FOUR_ZONES, replaced, tree_of, written


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The example document."""
    return load_policy(FOUR_ZONES)


def test_its_head(policy: Policy) -> None:
    """The example has its own id, date and notice, and asks for the stricter hosting."""
    assert policy.reference.id == "halcyon"
    assert policy.reference.effective == date(2024, 4, 1)
    assert policy.notice_days == 60
    assert policy.enforce_hosting is True
    assert policy.default_solution is None


def test_its_zones_and_entities(policy: Policy) -> None:
    """There are four zones and three entities, one of which has an alias."""
    assert list(policy.zones) == ["EU", "UK", "US", "APAC"]
    assert {entity.id: entity.aliases for entity in policy.entities.values()} == {
        "halcyon-gmbh": ("Halcyon Deutschland",),
        "halcyon-ltd": (),
        "halcyon-inc": (),
    }


@pytest.mark.parametrize(
    ("day", "code", "zone", "clause"),
    [
        (date(2024, 4, 1), "DE", "EU", "Art.2(a)"),
        (date(2024, 4, 1), "RE", "EU", "Art.2(a)"),
        (date(2019, 1, 1), "GB", "UK", "Art.2(b)"),
        (date(2024, 4, 1), "GB", "UK", "Art.2(b)"),
        (date(2024, 4, 1), "JE", "UK", "Art.2(b)"),
        (date(2020, 1, 31), "GI", "EU", "Art.2(a)"),
        (date(2020, 2, 1), "GI", None, "Art.2(e)"),
        (date(2024, 4, 1), "US", "US", "Art.2(c)"),
        (date(2024, 4, 1), "PR", None, "Art.2(e)"),
        (date(2024, 4, 1), "NZ", "APAC", "Art.2(d)"),
        (date(2024, 4, 1), "CH", None, "Art.2(e)"),
    ],
)
def test_which_zone_and_rule(
    policy: Policy, day: date, code: str, zone: str | None, clause: str
) -> None:
    """Codes and exceptions hold at all times, membership of the union on its dates."""
    territory = Territory(code)
    assert policy.zone_of(territory, day) == zone
    assert policy.rule_for(territory, day).clause == clause


def test_its_rule_for_elsewhere(policy: Policy) -> None:
    """Elsewhere, each of three entities leads to a zone of its own."""
    assert dict(policy.rules[4].zone_by_entity) == {
        "halcyon-gmbh": "EU",
        "halcyon-ltd": "UK",
        "halcyon-inc": "US",
    }


def test_its_storage(policy: Policy) -> None:
    """Solutions have several hosting countries in a zone, one zone, or two zones at once."""
    assert {found.id: dict(found.storage) for found in policy.solutions.values()} == {
        "mailroom": {"EU": ("DE", "NL"), "UK": ("GB",), "US": ("US",), "APAC": ("SG", "AU")},
        "archive": {"EU": ("DE",), "UK": ("GB",), "US": ("US",), "APAC": ("JP",)},
        "directory": {"EU": ("SE",)},
        "status-page": {"EU": ("IE",), "US": ("US",)},
    }


def test_its_retention(policy: Policy) -> None:
    """Limits of other lengths, units and events are read; none stated is none."""
    letters, log = policy.solutions["mailroom"].categories
    assert letters.retention == (RetentionLimit(6, RetentionUnit.MONTHS, "creation"),)
    assert log.retention == ()
    assert policy.solutions["archive"].categories[0].retention == (
        RetentionLimit(10, RetentionUnit.YEARS, "creation"),
        RetentionLimit(45, RetentionUnit.DAYS, "contract-end"),
    )
    assert policy.solutions["status-page"].categories == ()


def test_its_third_parties(policy: Policy) -> None:
    """A provider whose safeguards are recorded says where, and an exemption can ask for it."""
    courier = policy.providers["couriers"]
    assert courier.safeguards == "processing agreement HP-2024-17"
    assert courier.countries == {"SE", "DE"}
    assert policy.exemptions["PROCESSOR"].requires == (Evidence.PROVIDER, Evidence.REFERENCE)


def test_each_part_is_kept_as_it_stands() -> None:
    """Ids, names and clauses, and what they mean, are those of the document, in its order."""
    policy = load_policy(FOUR_ZONES)
    tree: dict[str, Any] = tree_of(FOUR_ZONES)
    assert {clause.id: clause.says for clause in policy.clauses.values()} == tree["clauses"]
    assert policy.hosting_kinds == tree["hosting"]
    assert policy.events == tree["events"]
    for section in ("purposes", "integrations", "rights"):
        assert [
            {"id": key, "name": held.name, "clause": held.clause}
            for key, held in getattr(policy, section).items()
        ] == tree[section]
    assert [
        (rule.clause, rule.within, rule.zone, dict(rule.zone_by_entity)) for rule in policy.rules
    ] == [
        (rule["clause"], rule.get("within"), rule.get("zone"), rule.get("zone_by_entity", {}))
        for rule in tree["rules"]
    ]
    assert [
        {"amount": limit.amount, "unit": limit.unit, "after": limit.after}
        for limit in policy.solutions["archive"].categories[0].retention
    ] == tree["solutions"][1]["data"][0]["retention"]


def test_a_glossary_that_is_not_there_is_empty() -> None:
    """A document in which nothing is kept for a time needs no events."""
    tree: dict[str, Any] = replaced(tree_of(FOUR_ZONES), ("events",), None)
    for solution in tree["solutions"]:
        for category in solution.get("data", ()):
            category.pop("retention", None)
    assert read_policy(written(tree)).events == {}


def test_a_part_that_is_not_there_is_empty(policy: Policy) -> None:
    """A way of contact that the document leaves out is None."""
    assert policy.contact is not None
    assert policy.contact.email == "privacy@halcyon.example"
    assert policy.contact.phone is None


def test_nothing_in_a_policy_can_be_changed(policy: Policy) -> None:
    """A policy's mappings are read-only, for every thread shares them."""
    for mapping in (
        policy.clauses,
        policy.territory_sets,
        policy.zones,
        policy.entities,
        policy.solutions,
        policy.events,
        policy.exemptions,
        policy.rules[4].zone_by_entity,
        policy.solutions["mailroom"].storage,
    ):
        with pytest.raises(TypeError):
            mapping["EU"] = None  # type: ignore[index]  # the refusal is the test


def test_every_territory_is_somewhere(policy: Policy) -> None:
    """No territory is without a rule on the effective date."""
    clauses = {policy.rule_for(code, date(2024, 4, 1)).clause for code in TERRITORIES}
    assert clauses == {"Art.2(a)", "Art.2(b)", "Art.2(c)", "Art.2(d)", "Art.2(e)"}
