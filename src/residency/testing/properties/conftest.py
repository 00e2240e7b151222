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
        pytestconfig.getoption("residency_policy"), pytestconfig.getoption("residency_target")
    )
    yield opened
    opened.close()
