"""What the options ``--residency-policy`` and ``--residency-target`` select.

The options are those of the pytest plugin :mod:`pytest_residency`, which imports nothing of the
library until one of them, or a property, is used.
"""

from __future__ import annotations

from typing import Final

from residency.testing.target import load_factory
from residency.testing.world import World

__all__ = ["DEFAULT_POLICY", "DEFAULT_TARGET", "world_of"]

DEFAULT_POLICY: Final = "xmedius"
"""The policy that is checked if none is named."""

DEFAULT_TARGET: Final = "residency.testing.engine:memory"
"""The implementation that is checked if none is named: ours."""


def world_of(policy: str | None, target: str | None) -> World:
    """Return the world that two options select.

    Args:
        policy: the name of a bundled policy, or a path; None for the default.
        target: `package.module:factory`; None for the default.

    Raises:
        ResidencyError: one of them selects nothing.
    """
    return World.of(policy or DEFAULT_POLICY, load_factory(target or DEFAULT_TARGET))
