"""The policy and the implementation that the options of the command line name."""

from __future__ import annotations

from collections.abc import Iterator

from residency.testing.extra import pytest
from residency.testing.selection import world_of
from residency.testing.world import World

__all__ = ["world"]


@pytest.fixture(scope="session")
def world(pytestconfig: pytest.Config) -> Iterator[World]:
    """The world that ``--residency-policy`` and ``--residency-target`` describe."""
    opened = world_of(
        str(pytestconfig.getoption("residency_policy")),
        str(pytestconfig.getoption("residency_target")),
    )
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _checked(world: World, request: pytest.FixtureRequest) -> None:
    """Let the report of each test, and a file of JUnit XML, say what it is about."""
    # Not with `record_property`, which warns of the form that JUnit XML has by default.
    request.node.user_properties += [
        ("residency-target", request.config.getoption("residency_target")),
        ("residency-policy", str(world.policy.reference)),
    ]
