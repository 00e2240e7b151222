"""Run the shipped properties by hand, with as many examples as a test can afford."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from residency.testing import properties
from residency.testing.world import World

MODULES = [
    importlib.import_module(f"{properties.__name__}.{found.name}")
    for found in pkgutil.iter_modules(properties.__path__)
    if found.name.startswith("test_")
]

PROPERTIES: dict[str, type[Any]] = {
    name: getattr(module, name) for module in MODULES for name in module.__all__
}
"""Every property class by its name."""


def checks_of(name: str, *, examples: int) -> Iterator[tuple[str, Callable[[World], None]]]:
    """Yield each test of a property class as a function of a world, with its name."""
    instance = PROPERTIES[name]()
    for test_name in dir(instance):
        if test_name.startswith("test_"):
            yield test_name, _bound(getattr(instance, test_name), instance, examples)


def _bound(test: Any, instance: object, examples: int) -> Callable[[World], None]:
    drawn = getattr(test, "hypothesis", None)
    if drawn is None:
        return lambda world: test(world=world)
    few = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # what fails need not be made small
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
    )
    again = few(given(data=st.data())(drawn.inner_test))
    return lambda world: again(instance, world=world)
