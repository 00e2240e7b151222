"""Every key of the schema counts: none is ignored, none may be misspelt, none can have any type."""

import pytest

from tests.policy.documents import (
    FOUR_ZONES,
    Keys,
    Toml,
    places,
    refusal,
    replaced,
    spelled,
    tree_of,
    written,
)

_TREE = tree_of(FOUR_ZONES)
_PLACES = [(keys, value) for keys, value in places(_TREE) if keys]

# Tables whose keys are the document's own, so that no key of them is unknown or required.
_OPEN = ({"clauses"}, {"territories"}, {"hosting"}, {"events"})

# Keys that must stand wherever the schema has them.
_REQUIRED = {
    *("schema", "policy", "clauses", "territories", "zones", "entities", "rules", "solutions"),
    *("title", "effective", "controller", "notice_days", "notice_clause", "enforce_hosting"),
    *("placement_clause", "transfer_clause", "agreement_clause", "source", "territory", "storage"),
    *("id", "name", "clause", "role", "placed_by_country", "amount", "unit", "after"),
    "handling_only",
}


def _names(keys: Keys) -> list[str]:
    return [key for key in keys if isinstance(key, str)]


def _path(place: tuple[Keys, Toml]) -> str:
    return spelled(place[0])


@pytest.mark.parametrize("place", _PLACES, ids=_path)
def test_no_value_may_have_another_type(place: tuple[Keys, Toml]) -> None:
    """Wherever the document holds a value, one of another type is refused at its key path."""
    keys, value = place
    other: Toml = 1.5 if not isinstance(value, float) else "text"
    assert refusal(written(replaced(_TREE, keys, other))).key_path == spelled(keys)


@pytest.mark.parametrize(
    "place",
    [
        place
        for place in _PLACES
        if isinstance(place[1], dict)
        and set(_names(place[0])) not in _OPEN
        and _names(place[0])[-1] not in {"storage", "zone_by_entity"}
    ],
    ids=_path,
)
def test_no_table_may_have_an_unknown_key(place: tuple[Keys, Toml]) -> None:
    """In every table of the schema a key that means nothing is refused, not ignored."""
    keys = (*place[0], "zzz")
    error = refusal(written(replaced(_TREE, keys, "x")))
    assert error.key_path == spelled(keys)
    assert "not a known key" in error.message


def _is_required(keys: Keys) -> bool:
    # An exemption's `clauses` and `territories`, and a provider's `solutions`, are other keys.
    nested = len(keys) > 1
    return keys[-1] in _REQUIRED and not (nested and keys[-1] in {"territories", "solutions"})


@pytest.mark.parametrize("place", [p for p in _PLACES if _is_required(p[0])], ids=_path)
def test_no_required_key_may_be_missing(place: tuple[Keys, Toml]) -> None:
    """Each key that the schema requires is missed under its own path."""
    error = refusal(written(replaced(_TREE, place[0], None)))
    assert error.key_path == spelled(place[0])
    assert "missing" in error.message


@pytest.mark.parametrize("key", ["zones", "entities", "rules", "solutions"])
def test_no_required_section_may_be_empty(key: str) -> None:
    """A policy needs at least one zone, entity, rule and solution."""
    error = refusal(written(replaced(_TREE, (key,), [])))
    assert error.key_path == key
    assert "missing or empty" in error.message
