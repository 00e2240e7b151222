"""The tables: every text that names a territory, and every text that is known not to.

Built once from the data files and never changed. A key is a folded text (see
:func:`residency.geography.folding.fold`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NewType, TypedDict, cast

from attrs import frozen

from residency.errors import ErrorKind
from residency.geography.datafile import parse
from residency.geography.folding import fold

__all__ = ["ACCEPTED", "SPELLINGS", "TERRITORIES", "Refusal", "Territory", "is_code", "refusal_of"]

Territory = NewType("Territory", str)
"""An ISO 3166-1 alpha-2 code or XK, upper case: proof that what was typed has been read."""


@frozen(slots=True)
class Refusal:
    """Why a known text is not accepted, and the territories its writer may have meant."""

    kind: ErrorKind
    suggestions: tuple[Territory, ...]


class _Record(TypedDict):
    alpha_2: str
    alpha_3: str
    numeric: str | None
    name: str
    official_name: str | None
    common_name: str | None


class _Snapshot(TypedDict):
    territories: list[_Record]


class _AliasGroup(TypedDict):
    codes: dict[str, list[str]]
    names: dict[str, list[str]]


class _Aliases(TypedDict):
    additions: list[_Record]
    groups: list[_AliasGroup]


class _RefusedRow(TypedDict):
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


_SNAPSHOT = cast("_Snapshot", parse("territories.json"))
_ALIASES = cast("_Aliases", parse("aliases.json"))
_REFUSED = cast("_Refused", parse("refused.json"))
_RECORDS = (*_SNAPSHOT["territories"], *_ALIASES["additions"])


def _codes() -> Iterator[tuple[str, Territory]]:
    for record in _RECORDS:
        territory = Territory(record["alpha_2"])
        for code in (record["alpha_2"], record["alpha_3"], record["numeric"]):
            if code is not None:
                yield code, territory
    for group in _ALIASES["groups"]:
        for alpha_2, codes in group["codes"].items():
            for code in codes:
                yield code, Territory(alpha_2)


def _names() -> Iterator[tuple[str, Territory]]:
    for record in _RECORDS:
        territory = Territory(record["alpha_2"])
        for name in (record["common_name"], record["name"], record["official_name"]):
            if name is not None:
                yield name, territory
    for group in _ALIASES["groups"]:
        for alpha_2, names in group["names"].items():
            for name in names:
                yield name, Territory(alpha_2)


def _refusals() -> tuple[dict[str, Refusal], set[str]]:
    refusals: dict[str, Refusal] = {}
    codes: set[str] = set()
    for group in _REFUSED["groups"]:
        kind = ErrorKind(group["kind"])
        for row in group["rows"]:
            refusal = Refusal(kind, tuple(Territory(code) for code in row["suggestions"]))
            folded = [fold(code) for code in row["codes"]]
            codes.update(folded)
            refusals.update(dict.fromkeys(folded, refusal))
            refusals.update(dict.fromkeys(map(fold, row["names"]), refusal))
    return refusals, codes


_REFUSALS, _REFUSED_CODES = _refusals()
_PATTERNS = tuple((row["pattern"], Refusal(ErrorKind(row["kind"]), ())) for row in _REFUSED["patterns"])

# A refusal outranks a name: "Congo" is the ISO name of one country and half the name of another.
_ACCEPTED_CODES = {spelling: territory for spelling, territory in _codes()}
SPELLINGS: Final[Mapping[str, Territory]] = MappingProxyType(
    {
        spelling: territory
        for spelling, territory in (*_ACCEPTED_CODES.items(), *_names())
        if fold(spelling) not in _REFUSALS
    }
)
"""Every accepted code and name, as it is commonly spelled."""

ACCEPTED: Final[Mapping[str, Territory]] = MappingProxyType(
    {fold(spelling): territory for spelling, territory in SPELLINGS.items()}
)
"""Key to territory, for every accepted code and name."""

_CODE_PATTERNS = (*(pattern for pattern, _ in _PATTERNS), "[a-z]{2}-[a-z0-9]{1,3}")
_CODES = _REFUSED_CODES.union(map(fold, _ACCEPTED_CODES))


def _short_names() -> dict[Territory, str]:
    short: dict[Territory, str] = {}
    for name, territory in _names():
        if name in SPELLINGS:
            short.setdefault(territory, name)
    return dict(sorted(short.items()))


TERRITORIES: Final[Mapping[Territory, str]] = MappingProxyType(_short_names())
"""Every territory and its English short name, which is itself accepted as a spelling."""


def refusal_of(key: str) -> Refusal | None:
    """Return why ``key`` is refused, or None if the tables do not know it."""
    known = _REFUSALS.get(key)
    if known is not None:
        return known
    for pattern, refusal in _PATTERNS:
        if re.fullmatch(pattern, key) is not None:
            return refusal
    return None


def is_code(key: str) -> bool:
    """Return whether ``key`` is a code, or has the shape of an ISO 3166-2 code, and not a name."""
    return key in _CODES or any(re.fullmatch(pattern, key) for pattern in _CODE_PATTERNS)
