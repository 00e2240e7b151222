"""Small policies that are valid and odd: what a property may not take for granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from residency.geography import TERRITORIES
from residency.testing.source import Document, write_document

_Zones = Mapping[str, Mapping[str, object]]
_Storage = Mapping[str, Sequence[str]]


def _small(
    zones: _Zones,
    storage: _Storage,
    *,
    solutions: Sequence[str] = ("fax",),
    purposes: Sequence[str] = (),
    transfer_clause: str = "B",
    placed_by_country: bool = True,
    **policy: object,
) -> str:
    """Return a policy in which each zone is the territory group of its name."""
    first = next(iter(zones))
    document: dict[str, object] = {
        "schema": 1,
        "policy": {
            "id": "small",
            "title": "small",
            "effective": date(2024, 4, 1),
            "source": "https://small.example",
            "controller": "Small",
            "notice_days": 30,
            "notice_clause": "A",
            "enforce_hosting": False,
            "placement_clause": "A",
            "transfer_clause": transfer_clause,
            "agreement_clause": "A",
            **policy,
        },
        "clauses": {"A": "where data is", "B": "where it may go"},
        "territories": {zone: {**group, "source": "none"} for zone, group in zones.items()},
        "zones": [{"id": zone, "name": zone, "territory": zone} for zone in zones],
        "entities": [{"id": "small-inc", "name": "Small Inc."}],
        "purposes": [{"id": each, "name": each, "clause": "A"} for each in purposes],
        "rules": [
            *({"clause": "A", "within": zone, "zone": zone} for zone in zones),
            {"clause": "A", "elsewhere": True, "zone_by_entity": {"small-inc": first}},
        ],
        "hosting": {"own": "its own"},
        "solutions": [
            {
                "id": each,
                "name": each,
                "clause": "A",
                "placed_by_country": placed_by_country,
                "hosting": "own",
                "storage": {zone: list(countries) for zone, countries in storage.items()},
            }
            for each in solutions
        ],
    }
    return write_document(cast("Document", document))


_LONGEST_ID = 64
_FAR_APART = ("US", "BR", "JP", "IN", "ZA")

SMALL = {
    # The words that a property may think of when it needs one that is unknown.
    "odd-words": _small(
        {"ATLANTIS": {"codes": ["US"]}, "another": {"union": "EU"}},
        {"ATLANTIS": ["US"], "another": ["DE"]},
        solutions=("FAX", "nothing", "another"),
        purposes=("other", "others"),
    ),
    "long-words": _small(
        {country.ljust(_LONGEST_ID, "z"): {"codes": [country]} for country in _FAR_APART},
        {country.ljust(_LONGEST_ID, "z"): [country] for country in _FAR_APART},
        solutions=("s" * _LONGEST_ID,),
        purposes=("p" * _LONGEST_ID,),
    ),
    "nowhere-to-go": _small({"WORLD": {"codes": list(TERRITORIES)}}, {"WORLD": ["US"]}),
    "everywhere-at-home": _small(
        {
            "AMERICA": {"codes": ["US", "CA", "BR"]},
            "REST": {"codes": [each for each in TERRITORIES if each not in {"US", "CA", "BR"}]},
        },
        {"AMERICA": ["US"], "REST": ["DE"]},
        placed_by_country=False,
    ),
    "one-clause": _small(
        {"US": {"codes": ["US"]}, "EU": {"union": "EU"}},
        {"US": ["US"], "EU": ["DE"]},
        transfer_clause="A",
    ),
    "empty-zone": _small(
        {"US": {"codes": ["US"]}, "EU": {"union": "EU"}}, {"US": ["US"]}, placed_by_country=False
    ),
    # The hosting country of a zone left it, and the policy asks for a hosting country.
    "home-has-left": _small(
        {"US": {"codes": ["US"]}, "EU": {"union": "EU"}},
        {"US": ["US"], "EU": ["GB"]},
        effective=date(2019, 1, 1),
        enforce_hosting=True,
    ),
}
"""Each policy document by what is odd about it."""
