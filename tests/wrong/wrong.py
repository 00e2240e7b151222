"""What makes an implementation a wrong one: one mistake in an implementation that is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from plain_geography import Geography
from plain_residency import Plain
from plain_target import GEOGRAPHY, JsonTarget

GROUNDS = Geography(GEOGRAPHY)


class Wrong(NamedTuple):
    """A wrong implementation, the property class that is meant to catch it, and the policy."""

    implementation: type[Plain]
    caught_by: str
    policy: str


WRONG: dict[str, Wrong] = {}
"""All wrong implementations by name."""


def caught_by(name: str, *, policy: str = "xmedius") -> Callable[[type[Plain]], type[Plain]]:
    """List a wrong implementation, with the property that must catch it."""

    def listed(implementation: type[Plain]) -> type[Plain]:
        WRONG[implementation.__name__] = Wrong(implementation, name, policy)
        return implementation

    return listed


def target_of(implementation: type[Plain]) -> Callable[[str], JsonTarget]:
    """Return what makes a target of an implementation, in this process."""

    def factory(document: str) -> JsonTarget:
        return JsonTarget(implementation(document, GROUNDS).answer, lambda: None)

    return factory
