"""The worlds that the shipped properties are checked for."""

import pytest

from residency.testing.world import World
from tests.properties.worlds import POLICIES


@pytest.fixture(scope="session", params=POLICIES.values(), ids=tuple(POLICIES))
def world(request: pytest.FixtureRequest) -> World:
    """Each policy in turn."""
    found: World = request.param
    return found
