"""Sections that contradict themselves or each other are refused with the key path and the fix."""

import pytest

from tests.policy.documents import check_mistake

_MISTAKES = {
    "zone twice": (
        'id = "APAC"\nname',
        'id = "US"\nname',
        "zones[3].id",
        "`US` is taken",
    ),
    "zone twice but for case": (
        'id = "APAC"\nname',
        'id = "uk"\nname',
        "zones[3].id",
        "`UK` is taken",
    ),
    "category twice": (
        'id = "delivery-log"',
        'id = "letters"',
        "solutions[0].data[1].id",
        "`letters` is taken",
    ),
    "name of two entities": (
        'aliases = ["Halcyon Deutschland"]',
        'aliases = ["halcyon post, inc."]',
        "entities[2]",
        "`Halcyon Post, Inc.` names entity `halcyon-gmbh` too",
    ),
    "unknown territory": (
        'codes = ["GB", "GG", "JE", "IM"]',
        'codes = ["GB", "GG", "JE", "QQ"]',
        "territories.UK.codes[3]",
        "`QQ` is not a territory: use an alpha-2 code",
    ),
    "territory by another name": (
        'codes = ["GB", "GG", "JE", "IM"]',
        'codes = ["UK", "GG", "JE", "IM"]',
        "territories.UK.codes[0]",
        "`UK` is not a territory: use `GB`",
    ),
    "territory in lower case": (
        'storage = { EU = ["SE"] }',
        'storage = { EU = ["se"] }',
        "solutions[2].storage.EU[0]",
        "use `SE`",
    ),
    "territory twice": (
        'codes = ["GB", "GG", "JE", "IM"]',
        'codes = ["GB", "GG", "JE", "GB"]',
        "territories.UK.codes[3]",
        "`GB` stands here twice",
    ),
    "set of nothing": (
        'codes = ["US"]',
        "codes = []",
        "territories.US",
        "names no territory: give codes, or a union",
    ),
    "exception from codes": (
        'codes = ["US"]',
        'codes = ["US"]\nexcept = ["PR"]',
        "territories.US.except",
        "no union to take from",
    ),
    "both in and out": (
        'except = ["GB"]',
        'codes = ["GB", "GI"]\nexcept = ["GB"]',
        "territories.EU.except",
        "GB stand in codes too",
    ),
    "rule for nowhere": (
        "elsewhere = true",
        "elsewhere = false",
        "rules[4]",
        "write either within, or elsewhere = true",
    ),
    "rule for somewhere and elsewhere": (
        'within = "UK"',
        'within = "UK"\nelsewhere = true',
        "rules[1]",
        "write either within, or elsewhere",
    ),
    "second rule for elsewhere": (
        'within = "UK"',
        "elsewhere = true",
        "rules[4].elsewhere",
        "a second rule for elsewhere",
    ),
    "rule to no zone": (
        'within = "UK"\nzone = "UK"',
        'within = "UK"',
        "rules[1]",
        "write either zone or zone_by_entity",
    ),
    "rule to a zone and by entity": (
        'within = "UK"\nzone = "UK"',
        'within = "UK"\nzone = "UK"\nzone_by_entity = {}',
        "rules[1]",
        "write either zone or zone_by_entity",
    ),
    "entity without a zone": (
        ', halcyon-inc = "US" }',
        " }",
        "rules[4].zone_by_entity",
        "no zone for entity `halcyon-inc`",
    ),
    "storage of nothing": (
        'storage = { EU = ["SE"] }',
        "storage = {}",
        "solutions[2].storage",
        "empty: name a zone",
    ),
    "storage nowhere in a zone": (
        'storage = { EU = ["SE"] }',
        "storage = { EU = [] }",
        "solutions[2].storage.EU",
        "missing or empty",
    ),
    "retention of nothing": (
        "amount = 6,",
        "amount = 0,",
        "solutions[0].data[0].retention[0].amount",
        "from 1 to 1200",
    ),
    "retention for ever": (
        'amount = 10, unit = "years"',
        'amount = 101, unit = "years"',
        "solutions[1].data[0].retention[0].amount",
        "from 1 to 100",
    ),
    "no storage where a rule leads": (
        ', APAC = ["JP"] }',
        " }",
        "solutions[1].storage.APAC",
        "the rule of `Art.2(d)` leads there",
    ),
    "hosting outside of its zone": (
        'storage = { EU = ["SE"] }',
        'storage = { EU = ["SE", "NO"] }',
        "solutions[2].storage.EU",
        "NO: not in zone `EU` on 2024-04-01",
    ),
}


@pytest.mark.parametrize(("old", "new", "path", "says"), _MISTAKES.values(), ids=_MISTAKES)
def test_the_mistake_is_refused(old: str, new: str, path: str, says: str) -> None:
    """A section that makes no sense is refused where it stands, with what to change."""
    check_mistake(old, new, path, says)
