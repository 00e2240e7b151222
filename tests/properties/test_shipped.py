"""The properties that we ship, of ourselves: every row of semantics §5."""

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
from tests.properties.worlds import VARIANTS

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
    """Every property class that we ship is checked here, and each says what it demands."""
    assert sorted(PROPERTIES) == sorted(__all__)
    assert all("§" in (each.__doc__ or "") for each in PROPERTIES.values())


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("name", ["TestDefaultDeny", "TestHomeIsFree", "TestOnlyIf"])
def test_a_variant_decides_by_its_own_words(name: str, variant: World) -> None:
    """Where a policy asks for no declared hosting, or records safeguards, that is what counts."""
    for _, check in checks_of(name, examples=50):
        check(variant)
