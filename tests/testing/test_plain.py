"""The example of another implementation, on a policy that says as little as one may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from plain_target import spawned
from residency.errors import PolicyError
from residency.policy import read_policy
from residency.testing.world import World
from tests.architecture.package import REPOSITORY
from tests.policy.documents import Keys, Toml, places, replaced, tree_of, written
from tests.properties.running import PROPERTIES, checks_of

_SMALL = REPOSITORY / "fuzz" / "corpus" / "policy" / "small.toml"


def _is_valid(tree: dict[str, Toml]) -> bool:
    try:
        read_policy(written(tree))
    except PolicyError:
        return False
    return True


def _without_options(tree: dict[str, Toml]) -> dict[str, Toml]:
    """Return a document without a key that it can do without."""
    keys: list[Keys] = [found for found, _ in places(tree) if found and isinstance(found[-1], str)]
    # What a table holds goes before the table.
    for each in reversed(keys):
        shorter = replaced(tree, each, None)
        tree = shorter if _is_valid(shorter) else tree
    return tree


@pytest.fixture(scope="module")
def smallest() -> Iterator[World]:
    """A policy that says as little as one may, as the example understands it."""
    tree = _without_options(tree_of(_SMALL))
    assert not {"contact", "events", "exemptions", "providers"} & set(tree)
    with closing(World(written(tree).decode(), spawned)) as world:
        yield world


@pytest.mark.untraced
@pytest.mark.parametrize("name", PROPERTIES)
def test_it_needs_no_optional_table(smallest: World, name: str) -> None:
    """It has every property by a policy that leaves out whatever may be left out."""
    for _, check in checks_of(name, examples=20):
        with suppress(pytest.skip.Exception):
            check(smallest)
