"""A set of vectors as a JSON document: written, and read back against an implementation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from residency.testing.enumeration.case import DecisionCase
from residency.testing.enumeration.sides import Side
from residency.testing.enumeration.stages import World
from residency.testing.source import read_document
from residency.testing.vectors.codec import (
    Json,
    answer_of,
    case_from_json,
    case_to_json,
    line_of,
)
from residency.testing.vectors.selection import (
    countries,
    exemptions,
    placements,
    places,
    transfers,
)

__all__ = ["SCHEMA_PATH", "VECTORS_FORMAT", "Disagreement", "disagreements", "vectors_text"]

VECTORS_FORMAT: Final = 1
"""The version of the form of a set of vectors."""

SCHEMA_PATH: Final = Path(__file__).parent / "vectors.schema.json"
"""The JSON Schema of a set."""

_GROUPS: Final[Mapping[str, Callable[[World], Iterator[DecisionCase]]]] = {
    "countries": countries,
    "places": places,
    "placements": placements,
    "transfers": transfers,
    "exemptions": exemptions,
}


class Disagreement(NamedTuple):
    """A case of a set that an implementation answers otherwise.

    Args:
        group: the list that the case stands in.
        number: its place in that list, from 0.
        found: what was answered.
        expected: what the set expects.
    """

    group: str
    number: int
    found: str
    expected: str


def vectors_text(document: bytes) -> Iterator[str]:
    """Yield the set of a policy document, one case a line; the same text for the same document.

    What is expected is what the reference evaluator says. The engine is not asked.

    Args:
        document: the bytes of the policy document.
    """
    world = World(read_document(document))
    head = cast("dict[str, Any]", world.document["policy"])
    policy = {
        "id": head["id"],
        "effective": str(head["effective"]),
        "document_sha256": sha256(document).hexdigest(),
    }
    yield f'{{\n"format": {VECTORS_FORMAT},\n"policy": {_written(policy)},\n'
    separator = ""
    for group, selected in _GROUPS.items():
        yield separator
        separator = ",\n"
        # Two ways may lead to the same case; it is told once.
        told: dict[str, Json] = {}
        for case in selected(world):
            inputs = case_to_json(case)
            expected = answer_of(world.document, case)
            told.setdefault(_written(inputs), {**inputs, "expected": expected})
        yield from _list(group, told.values())
    yield "\n}\n"


def _list(name: str, cases: Iterable[Json]) -> Iterator[str]:
    separator = f'"{name}": [\n'
    for case in cases:
        yield separator + _written(case)
        separator = ",\n"
    yield "\n]"


def _written(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # What does not print is written as an escape, so that the file can be read by people.
    return text if text.isprintable() else json.dumps(value)


def disagreements(vectors: Json, side: Side) -> Iterator[Disagreement]:
    """Yield each case of a set that an implementation answers otherwise.

    Args:
        vectors: the set, as :func:`json.loads` returns it.
        side: the implementation.
    """
    for group in _GROUPS:
        for number, case in enumerate(vectors[group]):
            answered, expected = side.answer(case_from_json(case)), line_of(case)
            if answered != expected:
                yield Disagreement(group, number, answered, expected)
