"""The fuzzer's targets are alive: they bear their seeds, and what a thousand small edits make."""

from __future__ import annotations

from random import Random

import pytest

from fuzz.seeds import seeds_of
from fuzz.targets import TARGETS

_EDITS = 200
_ODD = (b"\x00", b"\n", b'"', b"{", b"[", b"=", b",", b"\xff", b"\xed\xa0\x80", b"9999", b"EU", b"")


@pytest.mark.parametrize(
    ("target", "name"), [(target, name) for target in TARGETS for name in seeds_of(target)]
)
def test_a_seed_is_borne(target: str, name: str) -> None:
    """Nothing that a fuzzer starts from, or once found, makes its target fail."""
    TARGETS[target](seeds_of(target)[name])


@pytest.mark.parametrize("target", TARGETS)
def test_small_edits_are_borne(target: str) -> None:
    """A seed of which a few bytes were replaced, removed or repeated does not make it fail."""
    random = Random(target)
    seeds = list(seeds_of(target).values())
    for _ in range(_EDITS):
        data = random.choice(seeds)
        for _ in range(random.randint(1, 4)):
            start = random.randint(0, len(data))
            end = start + random.choice((0, 1, 1, 4, 16))
            middle = random.choice((*_ODD, data[end : end + 8]))
            data = data[:start] + middle + data[end:]
        TARGETS[target](data)
