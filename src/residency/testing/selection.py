"""What the options ``--residency-policy`` and ``--residency-target`` select.

The options are those of the pytest plugin :mod:`pytest_residency`, which imports nothing of the
library until one of them, or a property, is used.
"""

from __future__ import annotations

from contextlib import suppress

from residency.errors import ErrorKind, InputError, quote, quote_type
from residency.testing.target import Target, load_factory
from residency.testing.world import World

__all__ = ["world_of"]

_CALLS = tuple(name for name in vars(Target) if not name.startswith("_"))


def world_of(policy: str, target: str) -> World:
    """Return the world that two options select.

    Args:
        policy: the name of a bundled policy, or a path.
        target: `package.module:factory`.

    Raises:
        PolicyError: the policy cannot be read.
        InputError: the target names no factory, or one that makes something else than a target.
        Exception: whatever the factory raises.
    """
    world = World.of(policy, load_factory(target))
    made: object = world.target
    lacking = [quote(call) for call in _CALLS if not callable(getattr(made, call, None))]
    if lacking:
        with suppress(Exception):  # what it started may be given back; that it is none is the news
            world.close()
        message = f"{quote(target)} makes a {quote_type(made)}, without {', '.join(lacking)}"
        problem = f"{message}: return a target, with all {len(_CALLS)} calls"
        raise InputError(problem, kind=ErrorKind.TYPE, value=made)
    return world
