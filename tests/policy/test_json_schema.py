"""The JSON Schema says what the reader says, as far as a schema can say it."""

import json
from datetime import date, datetime, time
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.errors import PolicyError
from residency.geography import TERRITORIES
from residency.policy import document_schema, read_policy
from tests.policy.documents import (
    BUNDLED,
    FOUR_ZONES,
    Keys,
    Toml,
    places,
    replaced,
    spelled,
    tree_of,
    written,
)
from tests.policy.test_fuzz import VALUES

_SCHEMA: dict[str, Any] = json.loads(document_schema())
_VALIDATOR: Any = jsonschema.Draft7Validator(_SCHEMA)
_TREES = [tree_of(FOUR_ZONES), tree_of(BUNDLED)]
_PLACES = [(tree, keys) for tree in _TREES for keys, _ in places(tree) if keys]

# What the reader refuses and no schema can, by the words of the refusal.
_BEYOND_A_SCHEMA = (
    "is not a known",  # what is cited is declared
    "is taken",
    "names entity",
    "claimed by",  # each territory has one zone and one rule
    "a second rule",
    "leads there",
    "no zone for entity",
    "not in zone",
    "stand in codes too",
    "does not print",  # Unicode has more such characters than a pattern can list
    "a string: write a date",  # JSON has no dates
    "a float: write an integer",  # JSON has one kind of number
    "dots on one line",
    "a number or date is out of range",
)


def _as_json(value: Toml, keys: Keys = ()) -> object:
    """Return a TOML value as JSON; a date where none belongs is nothing that a schema allows."""
    if isinstance(value, dict):
        return {key: _as_json(item, (*keys, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item, (*keys, index)) for index, item in enumerate(value)]
    if isinstance(value, datetime | time):
        return None
    if isinstance(value, date):
        return value.isoformat() if keys == ("policy", "effective") else None
    return value


def _is_valid(tree: dict[str, Toml]) -> bool:
    return bool(_VALIDATOR.is_valid(_as_json(tree)))


def _refusal(tree: dict[str, Toml]) -> str | None:
    try:
        read_policy(written(tree))
    except PolicyError as error:
        return error.message
    return None


def _check(tree: dict[str, Toml]) -> None:
    """Check that schema and reader agree about a document."""
    valid = _is_valid(tree)
    refused = _refusal(tree)
    beyond = refused is not None and any(words in refused for words in _BEYOND_A_SCHEMA)
    assert valid == (refused is None) or (valid and beyond), refused


def test_the_schema_is_one() -> None:
    """The file is a JSON Schema of the draft that it names."""
    assert _SCHEMA["$schema"] == jsonschema.Draft7Validator.META_SCHEMA["$schema"]
    _VALIDATOR.check_schema(_SCHEMA)


@pytest.mark.parametrize("tree", _TREES, ids=["four-zones", "bundled"])
def test_the_documents_are_valid(tree: dict[str, Toml]) -> None:
    """The bundled document and the example satisfy the schema."""
    assert _is_valid(tree)


def test_the_schema_names_each_territory() -> None:
    """Editors offer the territories that the library knows, all of them."""
    assert _SCHEMA["definitions"]["territory"]["enum"] == list(TERRITORIES)


_OTHERS: list["Toml | None"] = [
    None,
    "",
    " ",
    "two\nlines",
    "x" * 65,
    "x" * 257,
    "x" * 1001,
    "-x",
    "§9",
    "zz",
    True,
    False,
    0,
    1,
    2,
    101,
    3_661,
    36_526,
    1.0,
    1.5,
    [],
    ["EU", "EU"],
    ["ZZ"],
    {},
    {"x y": "z"},
    date(2020, 1, 1),
    datetime(2020, 1, 1),  # noqa: DTZ001 - TOML has them
    time(1),
]


# One place of each kind: the second zone's name is checked as the first one's is.
_KINDS = {
    tuple(key for key in keys if isinstance(key, str)): keys
    for keys, _ in places(_TREES[0])
    if keys
}


@pytest.mark.once
@pytest.mark.untraced
@pytest.mark.parametrize("keys", _KINDS.values(), ids=spelled)
def test_each_value_at_each_place(keys: Keys) -> None:
    """Wherever a value is replaced by another, or removed, reader and schema agree."""
    for other in _OTHERS:
        _check(replaced(_TREES[0], keys, other))


@pytest.mark.untraced
@given(st.sampled_from(_PLACES), VALUES)
def test_any_value_at_any_place(place: tuple[dict[str, Toml], Keys], value: Toml) -> None:
    """Whatever a value is replaced by, reader and schema agree."""
    tree, keys = place
    _check(replaced(tree, keys, value))


@pytest.mark.untraced
@given(st.sampled_from(_PLACES), st.sampled_from(_PLACES))
def test_values_that_changed_places(
    place: tuple[dict[str, Toml], Keys], other: tuple[dict[str, Toml], Keys]
) -> None:
    """Wherever a value of a document stands in place of another, reader and schema agree."""
    tree, keys = place
    values = dict(places(other[0]))
    _check(replaced(tree, keys, values[other[1]]))


@pytest.mark.once
@pytest.mark.untraced
@pytest.mark.parametrize("key", ["zzz", "ID"])
@pytest.mark.parametrize("tree", _TREES, ids=["four-zones", "bundled"])
def test_unknown_keys(tree: dict[str, Toml], key: str) -> None:
    """In every table a key more is refused by both, or by neither."""
    for keys, value in places(tree):
        if isinstance(value, dict):
            _check(replaced(tree, (*keys, key), "EU"))
