"""Who checks the checks: each wrong implementation is caught, by the property meant for it."""

from __future__ import annotations

import pytest

from plain_residency import Plain
from residency.testing.world import World
from tests.properties.running import PROPERTIES, checks_of
from tests.properties.worlds import FOUR_ZONES, XMEDIUS
from tests.wrong import consenting, keeping, placing, reading
from tests.wrong.wrong import WRONG, Wrong, target_of

pytestmark = [pytest.mark.once, pytest.mark.untraced]

_POLICIES = {"xmedius": XMEDIUS, "four-zones": FOUR_ZONES}
_EXAMPLES = 60


def _fails(name: str, world: World) -> bool:
    for _, check in checks_of(name, examples=_EXAMPLES):
        try:
            check(world)
        except (AssertionError, ExceptionGroup):  # a group: it fails now and then
            return True
    return False


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_each_is_caught_by_its_property(wrong: Wrong) -> None:
    """The property that is meant for a mistake does not hold where it is made."""
    world = _POLICIES[wrong.policy].against(target_of(wrong.implementation))
    assert _fails(wrong.caught_by, world)


@pytest.mark.parametrize("policy", _POLICIES)
@pytest.mark.parametrize("name", PROPERTIES)
def test_without_a_mistake_every_property_holds(name: str, policy: str) -> None:
    """The implementation in which the mistakes were made has every property."""
    world = _POLICIES[policy].against(target_of(Plain))
    for _, check in checks_of(name, examples=20):
        check(world)


def test_there_are_enough() -> None:
    """There are at least forty, every property catches one, and each says what is wrong."""
    assert len(WRONG) >= 40
    assert {wrong.caught_by for wrong in WRONG.values()} == set(PROPERTIES)
    for module in (consenting, keeping, placing, reading):
        assert module.__doc__
    assert all(wrong.implementation.__doc__ for wrong in WRONG.values())
