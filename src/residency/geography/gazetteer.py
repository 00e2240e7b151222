"""The tables: every text that names a territory, and every text that is known not to.

Built once from the data files and never changed. A key is a folded text (see
:func:`residency.geography.folding.fold`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, NewType, TypedDict, cast

from residency.errors import ErrorKind
from residency.geography.datafile import parse
from residency.geography.folding import fold

__all__ = ["ACCEPTED", "SPELLINGS", "TERRITORIES", "Refusal", "Territory", "is_code", "refusal_of"]

Territory = NewType("Territory", str)
"""An ISO 3166-1 alpha-2 code or XK, upper case: proof that what was typed has been read."""


class Refusal(NamedTuple):
    """Why a text is not accepted, and the territories that its writer may have meant."""

    kind: ErrorKind
    suggestions: tuple[Territory, ...]


if TYPE_CHECKING:

    class _Record(TypedDict):
        alpha_2: str
        alpha_3: str
        numeric: str | None
        name: str
        official_name: str | None
        common_name: str | None

    class _AliasGroup(TypedDict, total=False):
        codes: dict[str, list[str]]
        names: dict[str, list[str]]

    class _Names(TypedDict):
        names: list[str]

    class _Aliases(TypedDict):
        outranked: _Names
        additions: list[_Record]
        groups: list[_AliasGroup]

    class _RefusedRow(TypedDict, total=False):
        codes: list[str]
        names: list[str]
        suggestions: list[str]

    class _RefusedGroup(TypedDict):
        kind: str
        rows: list[_RefusedRow]

    class _RefusedPattern(TypedDict):
        kind: str
        pattern: str

    class _Refused(TypedDict):
        groups: list[_RefusedGroup]
        patterns: list[_RefusedPattern]


_SNAPSHOT = cast("dict[str, list[_Record]]", parse("territories.json"))
_ALIASES = cast("_Aliases", parse("aliases.json"))
_RECORDS = (*_SNAPSHOT["territories"], *_ALIASES["additions"])


def _codes() -> Iterator[tuple[str, Territory]]:
    for record in _RECORDS:
        for code in (record["alpha_2"], record["alpha_3"], record["numeric"]):
            if code is not None:
                yield code, Territory(record["alpha_2"])
    for group in _ALIASES["groups"]:
        for alpha_2, codes in group.get("codes", {}).items():
            for code in codes:
                yield code, Territory(alpha_2)


def _names() -> Iterator[tuple[str, Territory]]:
    for record in _RECORDS:
        for name in (record["common_name"], record["name"], record["official_name"]):
            if name is not None:
                yield name, Territory(record["alpha_2"])
    for group in _ALIASES["groups"]:
        for alpha_2, names in group.get("names", {}).items():
            for name in names:
                yield name, Territory(alpha_2)


# These tables are made at each start, so they are made of plain texts.
_CODES: Final = dict(_codes())
_NAMES: Final = dict(_names())

# A refusal outranks a name: "Congo" is the ISO name of one country and half the name of another.
SPELLINGS: Final = MappingProxyType(
    {
        spelling: territory
        for spelling, territory in (_CODES | _NAMES).items()
        if spelling not in _ALIASES["outranked"]["names"]
    }
)
"""Every accepted code and name, spelled as its source spells it."""

ACCEPTED: Final = MappingProxyType(
    {fold(spelling): territory for spelling, territory in SPELLINGS.items()}
)
"""Key to territory, for every accepted code and name."""

# Of several names the first one stands, so it is written last.
_SHORT_NAMES: Final = {
    territory: name for name, territory in reversed(_NAMES.items()) if name in SPELLINGS
}

TERRITORIES: Final = MappingProxyType(dict(sorted(_SHORT_NAMES.items())))
"""Every territory and its English short name, which is itself accepted as a spelling."""


class _Refusals(NamedTuple):
    """What is known of texts that name no territory."""

    reasons: dict[str, Refusal]
    """Why each is refused, by key."""
    patterns: tuple[tuple[str, Refusal], ...]
    """Why all keys of a shape are."""
    codes: frozenset[str]
    """The keys that are codes, those of the territories among them."""


@cache
def _refusals() -> _Refusals:
    # Most processes never refuse a country, so the table is made when one does.
    document = cast("_Refused", parse("refused.json"))
    codes: dict[str, Refusal] = {}
    names: dict[str, Refusal] = {}
    for group in document["groups"]:
        kind = ErrorKind(group["kind"])
        for row in group["rows"]:
            refusal = Refusal(kind, tuple(map(Territory, row.get("suggestions", ()))))
            codes.update((fold(code), refusal) for code in row.get("codes", ()))
            names.update((fold(name), refusal) for name in row.get("names", ()))
    patterns = (
        (row["pattern"], Refusal(ErrorKind(row["kind"]), ())) for row in document["patterns"]
    )
    return _Refusals(names | codes, tuple(patterns), frozenset((*map(fold, _CODES), *codes)))


def refusal_of(key: str) -> Refusal | None:
    """Return why ``key`` is refused, or None if the tables do not know it."""
    known = _refusals().reasons.get(key)
    if known is not None:
        return known
    for pattern, refusal in _refusals().patterns:
        if re.fullmatch(pattern, key) is not None:
            return refusal
    return None


def is_code(key: str) -> bool:
    """Return whether ``key`` is a code, or has the shape of an ISO 3166-2 code, and not a name."""
    shapes = (_SUBDIVISION, *(pattern for pattern, _ in _refusals().patterns))
    return key in _refusals().codes or any(re.fullmatch(shape, key) for shape in shapes)


_SUBDIVISION: Final = "[a-z]{2}-[a-z0-9]{1,3}"
