"""The data of a policy, as plain as it is written: what the reference evaluator reads.

A policy document is read with :mod:`tomllib` and the geography with :mod:`json`, into dicts and
lists. Nothing is checked here: the engine refuses a faulty document before it is asked anything.
"""

from __future__ import annotations

import json
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, NotRequired, TypedDict, cast
from unicodedata import normalize

__all__ = [
    "GEOGRAPHY",
    "Document",
    "Geography",
    "Head",
    "Member",
    "NamedEntity",
    "PlacementRule",
    "Product",
    "Region",
    "TerritoryGroup",
    "ZoneGround",
    "members_of",
    "plain",
    "read_document",
    "write_document",
]


class Head(TypedDict):
    """The table ``policy``: the clauses that decide, and the stricter reading of hosting."""

    placement_clause: str
    transfer_clause: str
    agreement_clause: str
    enforce_hosting: NotRequired[bool]


# `except` is a word of Python's, so this one cannot be written as a class.
TerritoryGroup = TypedDict(
    "TerritoryGroup",
    {
        "codes": NotRequired[list[str]],
        "union": NotRequired[str],
        "except": NotRequired[list[str]],
    },
)
"""A table under ``territories``: codes, and members of a union but for some."""


class ZoneGround(TypedDict):
    """A table of ``zones``: its id, and the territory group that is its ground."""

    id: str
    territory: str


class NamedEntity(TypedDict):
    """A table of ``entities``: its id and the names that it answers to."""

    id: str
    name: str
    aliases: NotRequired[list[str]]


class PlacementRule(TypedDict):
    """A table of ``rules``: where it applies, and the zone that it leads to."""

    clause: str
    within: NotRequired[str]
    elsewhere: NotRequired[bool]
    zone: NotRequired[str]
    zone_by_entity: NotRequired[dict[str, str]]


class Product(TypedDict):
    """A table of ``solutions``: where it is kept, and whether the country chooses."""

    id: str
    clause: str
    placed_by_country: bool
    storage: dict[str, list[str]]


class Document(TypedDict):
    """A policy document, as far as a decision depends on it."""

    policy: Head
    territories: dict[str, TerritoryGroup]
    zones: list[ZoneGround]
    entities: list[NamedEntity]
    rules: list[PlacementRule]
    solutions: list[Product]


class Member(TypedDict):
    """An interval of membership, half-open; no end while it lasts."""

    territory: str
    start: str
    end: str | None


class Region(TypedDict):
    """A cloud region: how it is written, and the countries that its data centres stand in."""

    label: str
    countries: list[str]


class Geography(TypedDict):
    """The geography, as far as a decision depends on it.

    ``names`` are a spelling, what is left of it where case does not count, and the territory that
    it names. ``refused`` are those that name none although ``names`` may hold them, with the kind
    of the refusal in place of the territory; of ``refused_codes`` there is what is left, and
    ``refused_shapes`` are regular expressions of what is left, each with its kind.
    """

    territories: list[str]
    names: list[tuple[str, str, str]]
    refused: list[tuple[str, str, str]]
    refused_codes: list[str]
    refused_shapes: list[tuple[str, str]]
    unions: dict[str, list[Member]]
    regions: dict[str, dict[str, Region]]


def read_document(source: bytes | Path) -> Document:
    """Return a policy document as it is written.

    Args:
        source: the document's bytes, or the path of its file.
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    # Editors on some systems begin UTF-8 with a byte order mark.
    return cast("Document", tomllib.loads(data.decode("utf-8-sig")))


def write_document(document: Document) -> str:
    """Return the text of a document, such as one that was read and then changed.

    Args:
        document: the document.
    """
    return "".join(f"{_toml(key)} = {_toml(value)}\n" for key, value in document.items())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        table = cast("dict[str, object]", value)
        return f"{{{', '.join(f'{_toml(key)} = {_toml(table[key])}' for key in table)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, cast('list[object]', value)))}]"
    # A day is written bare; texts, numbers and truth values as in JSON.
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


class _Territory(TypedDict):
    alpha_2: str
    alpha_3: str | None
    numeric: str | None
    name: str
    official_name: str | None
    common_name: str | None


class _Spellings(TypedDict, total=False):
    codes: dict[str, list[str]]
    names: dict[str, list[str]]


class _Refusals(TypedDict, total=False):
    codes: list[str]
    names: list[str]


class _RefusedGroup(TypedDict):
    kind: str
    rows: list[_Refusals]


class _RefusedShape(TypedDict):
    kind: str
    pattern: str


class _Row(TypedDict):
    countries: list[str]
    also: NotRequired[list[str]]


class _Regions(TypedDict):
    spellings: list[str]
    regions: dict[str, _Row]


_DATA = Path(__file__).parents[1] / "geography" / "data"


def _read(name: str) -> dict[str, object]:
    return cast("dict[str, object]", json.loads((_DATA / name).read_text(encoding="utf-8")))


def _geography() -> Geography:
    aliases = _read("aliases.json")
    rows = [
        *cast("list[_Territory]", _read("territories.json")["territories"]),
        *cast("list[_Territory]", aliases["additions"]),
    ]
    names: list[tuple[str, str, str]] = []
    for row in rows:
        for spelling in (
            row["alpha_2"],
            row["alpha_3"],
            row["numeric"],
            row["name"],
            row["official_name"],
            row["common_name"],
        ):
            if spelling is not None:
                names.append((spelling, plain(spelling), row["alpha_2"]))  # noqa: PERF401 - plain loops, on purpose
    for group in cast("list[_Spellings]", aliases["groups"]):
        for table in (group.get("codes", {}), group.get("names", {})):
            for territory, spellings in table.items():
                for spelling in spellings:
                    names.append((spelling, plain(spelling), territory))  # noqa: PERF401 - as above
    refused = _read("refused.json")
    groups = cast("list[_RefusedGroup]", refused["groups"])
    shapes = cast("list[_RefusedShape]", refused["patterns"])
    return {
        "territories": [row["alpha_2"] for row in rows],
        "names": names,
        "refused": [
            (spelling, plain(spelling), group["kind"])
            for group in groups
            for row in group["rows"]
            for spelling in (*row.get("codes", []), *row.get("names", []))
        ],
        "refused_codes": [
            plain(code)
            for group in groups
            for row in group["rows"]
            for code in row.get("codes", [])
        ],
        "refused_shapes": [(shape["pattern"], shape["kind"]) for shape in shapes],
        "unions": cast("dict[str, list[Member]]", _read("memberships.json")["unions"]),
        "regions": _regions(),
    }


def _regions() -> dict[str, dict[str, Region]]:
    """Return, for each provider, every spelling in lower case and the region that it names."""
    regions: dict[str, dict[str, Region]] = {}
    for provider in cast("dict[str, object]", _read("regions.json")["providers"]):
        table = regions.setdefault(provider, {})
        for group in cast("list[_Regions]", _read(f"regions/{provider}.json")["groups"]):
            for name, row in group["regions"].items():
                for pattern in group["spellings"]:
                    for each in [name, *row.get("also", [])]:
                        table[pattern.replace("{}", each).lower()] = {
                            "label": f"{provider}:{group['spellings'][0].replace('{}', name)}",
                            "countries": row["countries"],
                        }
    return regions


def plain(text: str) -> str:
    """Return what is left of a text when case, width and the kind of apostrophe do not count."""
    return (
        normalize("NFKC", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()
    )


GEOGRAPHY: Final = _geography()
"""The geography that comes with the library."""


@lru_cache(maxsize=4_096)  # the same few questions are asked a million times
def members_of(union: str, on: date) -> frozenset[str]:
    """Return the territories that belong to a union on a day."""
    return frozenset(
        member["territory"]
        for member in GEOGRAPHY["unions"][union]
        if _is_between(on, member["start"], member["end"])
    )


def _is_between(day: date, start: str, end: str | None) -> bool:
    """Say whether a day lies in the half-open interval between two days in ISO 8601."""
    return date.fromisoformat(start) <= day and (end is None or day < date.fromisoformat(end))
