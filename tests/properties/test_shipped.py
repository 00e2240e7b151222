"""The properties that we ship, of ourselves: every row of semantics §5."""

from contextlib import suppress

import pytest

from residency.testing.properties.test_consent import (
    TestExactScope,
    TestMonotone,
    TestOrderIndependent,
)
from residency.testing.properties.test_ledger import (
    TestCacheTransparent,
    TestFailClosed,
    TestFinality,
)
from residency.testing.properties.test_placement import (
    TestClauseFidelity,
    TestEntityIrrelevant,
    TestTotal,
)
from residency.testing.properties.test_time import TestPinned, TestReplayable
from residency.testing.properties.test_transfer import (
    TestDefaultDeny,
    TestHomeIsFree,
    TestNoLaundering,
    TestOnlyIf,
)
from residency.testing.world import World
from tests.properties.running import PROPERTIES, checks_of
from tests.properties.small import SMALL
from tests.properties.worlds import FOUR_ZONES, UNUSUAL, VARIANTS

__all__ = [
    "TestCacheTransparent",
    "TestClauseFidelity",
    "TestDefaultDeny",
    "TestEntityIrrelevant",
    "TestExactScope",
    "TestFailClosed",
    "TestFinality",
    "TestHomeIsFree",
    "TestMonotone",
    "TestNoLaundering",
    "TestOnlyIf",
    "TestOrderIndependent",
    "TestPinned",
    "TestReplayable",
    "TestTotal",
]


def test_no_property_is_left_out() -> None:
    """Every property class that we ship is checked here."""
    assert sorted(PROPERTIES) == sorted(__all__)


# The small ones are quick, and lead where no other policy does.
_UNUSUAL = [
    pytest.param(world, id=name, marks=() if name in SMALL else pytest.mark.untraced)
    for name, world in UNUSUAL.items()
]


@pytest.mark.once
@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("unusual", _UNUSUAL)
def test_an_unusual_policy_is_one_too(unusual: World, name: str) -> None:
    """Whatever a valid policy says, or has no word for, this library has the properties by it."""
    for _, check in checks_of(name, examples=5):
        with suppress(pytest.skip.Exception):
            check(unusual)


def test_what_a_policy_has_no_word_for_is_skipped() -> None:
    """Where there is nothing to ask, a property says so and does not pass; else none is skipped."""
    asked = {
        "TestOnlyIf.test_each_condition_of_an_exemption_counts": "no-exemption",
        "TestTotal.test_there_is_no_default_entity": "no-choice",
        "TestPinned.test_a_change_of_policy_moves_no_designation": "no-choice",
        "TestClauseFidelity.test_the_country_decides": "no-choice",
    }
    for test, policy in asked.items():
        name, _, wanted = test.partition(".")
        [check] = [check for found, check in checks_of(name, examples=1) if found == wanted]
        with pytest.raises(pytest.skip.Exception, match="nothing to ask: "):
            check(UNUSUAL[policy])
        check(FOUR_ZONES)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("TestDefaultDeny", marks=pytest.mark.untraced),
        pytest.param("TestHomeIsFree", marks=pytest.mark.untraced),
        "TestOnlyIf",
    ],
)
def test_a_variant_decides_by_its_own_words(name: str, variant: World) -> None:
    """Where a policy asks for no declared hosting, or records safeguards, that is what counts."""
    for _, check in checks_of(name, examples=50):
        check(variant)
