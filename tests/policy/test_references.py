"""What a section cites must be declared, and the refusal offers what was probably meant."""

import pytest

from tests.policy.documents import check_mistake

_MISTAKES = {
    "default solution": (
        'agreement_clause = "Art.3"',
        'agreement_clause = "Art.3"\ndefault_solution = "mail-room"',
        "policy.default_solution",
        "`mail-room` is not a known solution: use `mailroom`",
    ),
    "clause of the head": (
        'transfer_clause = "Art.5"',
        'transfer_clause = "Art.55"',
        "policy.transfer_clause",
        "`Art.55` is not a known clause: use `Art.5`",
    ),
    "clause of a notice": (
        'notice_clause = "Art.9"',
        'notice_clause = "Art.99"',
        "policy.notice_clause",
        "`Art.99` is not a known clause: use `Art.9`",
    ),
    "clause of placement": (
        'placement_clause = "Art.2"',
        'placement_clause = "Art.22"',
        "policy.placement_clause",
        "`Art.22` is not a known clause: use `Art.2`",
    ),
    "clause of an agreement": (
        'agreement_clause = "Art.3"',
        'agreement_clause = "Art.33"',
        "policy.agreement_clause",
        "`Art.33` is not a known clause: use `Art.3`",
    ),
    "clause of a rule": (
        'clause = "Art.2(e)"',
        'clause = "Art.2(f)"',
        "rules[4].clause",
        "not a known clause",
    ),
    "clause of a right": (
        'name = "see what is held"\nclause = "Art.8"',
        'name = "see what is held"\nclause = "8"',
        "rights[0].clause",
        "not a known clause",
    ),
    "territory set of a zone": (
        'name = "United Kingdom"\nterritory = "UK"',
        'name = "United Kingdom"\nterritory = "GB"',
        "zones[1].territory",
        "`GB` is not a known territory set",
    ),
    "territory set of a rule": (
        'within = "UK"',
        'within = "GB"',
        "rules[1].within",
        "not a known territory set",
    ),
    "zone of a rule": (
        'zone = "APAC"',
        'zone = "ASIA"',
        "rules[3].zone",
        "`ASIA` is not a known zone: use `EU` or `UK` or `US` or `APAC`",
    ),
    "zone of an entity": (
        'halcyon-inc = "US"',
        'halcyon-inc = "USA"',
        "rules[4].zone_by_entity.halcyon-inc",
        "`USA` is not a known zone: use `US`",
    ),
    "entity of a rule": (
        "halcyon-inc = ",
        "halcyon-llc = ",
        "rules[4].zone_by_entity.halcyon-llc",
        "`halcyon-llc` is not a known entity",
    ),
    "zone of a storage": (
        'storage = { EU = ["SE"] }',
        'storage = { EEA = ["SE"] }',
        "solutions[2].storage.EEA",
        "`EEA` is not a known zone",
    ),
    "kind of hosting": (
        'placed_by_country = false\nhosting = "colocation"',
        'placed_by_country = false\nhosting = "collocation"',
        "solutions[2].hosting",
        "use `colocation`",
    ),
    "event of a limit": (
        'amount = 6, unit = "months", after = "creation"',
        'amount = 6, unit = "months", after = "birth"',
        "solutions[0].data[0].retention[0].after",
        "`birth` is not a known event",
    ),
    "unit of a limit": (
        'amount = 6, unit = "months"',
        'amount = 6, unit = "moons"',
        "solutions[0].data[0].retention[0].unit",
        "use `months`",
    ),
    "union": (
        'union = "EU"',
        'union = "EUU"',
        "territories.EU.union",
        "`EUU` is not a known union: use `EU`",
    ),
    "solution of a provider": (
        'solutions = ["mailroom"]',
        'solutions = ["mail"]',
        "providers[0].solutions[0]",
        "`mail` is not a known solution",
    ),
    "purpose of an exemption": (
        'purposes = ["support"]',
        'purposes = ["sport"]',
        "exemptions[0].purposes[0]",
        "`sport` is not a known purpose: use `support`",
    ),
    "clause of an exemption": (
        'clauses = ["Art.6"]',
        'clauses = ["Art.66"]',
        "exemptions[0].clauses[0]",
        "`Art.66` is not a known clause: use `Art.6`",
    ),
    "territory set of an exemption": (
        'territories = ["EU", "UK"]',
        'territories = ["EU", "GB"]',
        "exemptions[0].territories[1]",
        "not a known territory set",
    ),
    "evidence of an exemption": (
        'requires = ["provider", "reference"]',
        'requires = ["provider", "trust"]',
        "exemptions[1].requires[1]",
        "not a known kind of evidence: use `provider` or `reference` or `safeguards`",
    ),
    "unit of a retention": (
        'retention = [{ amount = 6, unit = "months", after = "creation" }]',
        'retention = [{ amount = 6, unit = "moons", after = "creation" }]',
        "solutions[0].data[0].retention[0].unit",
        "not a known unit: use `months`",
    ),
    "something twice": (
        'territories = ["EU", "UK"]',
        'territories = ["EU", "EU"]',
        "exemptions[0].territories",
        "keep each once",
    ),
    "exemption without a clause": (
        'clauses = ["Art.6"]',
        "clauses = []",
        "exemptions[0].clauses",
        "missing or empty",
    ),
}


@pytest.mark.parametrize(("old", "new", "path", "says"), _MISTAKES.values(), ids=_MISTAKES)
def test_the_mistake_is_refused(old: str, new: str, path: str, says: str) -> None:
    """A citation of something undeclared is refused where it stands, with what is declared."""
    check_mistake(old, new, path, says)
