"""The tables that are made as a module is imported, made anew and compared with the data files.

What is expected is read from the files' JSON here, by the rules of semantics §1, and not by what
the modules share.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import partial
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec, module_from_spec
from typing import Any
from unicodedata import normalize

import pytest

from residency.errors import DestinationError, ErrorKind, InputError
from residency.geography import LOCATIONS, MEMBERSHIPS, PROVIDERS, Interval, Memberships, normalise
from tests.refusals import refused, told

_DATA = files("residency.geography") / "data"


def _read(name: str) -> Any:
    return json.loads((_DATA / name).read_text(encoding="utf-8"))


def _anew(module: str) -> dict[str, Any]:
    """Execute a module once more, as its first import does."""
    spec = find_spec(f"residency.geography.{module}")
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return vars(made)


def _folded(text: str) -> str:
    return normalize("NFKC", text.casefold()).replace("\u2019", "'").strip()


def _records() -> list[dict[str, str | None]]:
    return [*_read("territories.json")["territories"], *_read("aliases.json")["additions"]]


def _aliases(what: str) -> dict[str, str]:
    return {
        spelling: territory
        for group in _read("aliases.json")["groups"]
        for territory, spellings in group.get(what, {}).items()
        for spelling in spellings
    }


def _spellings(*fields: str) -> dict[str, str | None]:
    return {
        str(record[field]): record["alpha_2"]
        for record in _records()
        for field in fields
        if record[field] is not None
    }


_CODES = _spellings("alpha_2", "alpha_3", "numeric") | _aliases("codes")
_NAMES = _spellings("common_name", "name", "official_name") | _aliases("names")
_OUTRANKED = set(_read("aliases.json")["outranked"]["names"])


@pytest.fixture
def gazetteer() -> dict[str, Any]:
    """Return the names of the gazetteer, made anew."""
    return _anew("gazetteer")


def test_each_code_and_name_of_the_files_is_accepted(gazetteer: dict[str, Any]) -> None:
    """§1: ISO 3166-1 codes and names and the table's aliases, but for what is ambiguous."""
    expected = {
        text: territory for text, territory in (_CODES | _NAMES).items() if text not in _OUTRANKED
    }
    assert len(expected) > 1_000
    assert _OUTRANKED
    assert dict(gazetteer["SPELLINGS"]) == expected
    assert dict(gazetteer["ACCEPTED"]) == {_folded(text): code for text, code in expected.items()}


def test_a_territory_is_called_by_its_shortest_source(gazetteer: dict[str, Any]) -> None:
    """The common name where ISO has one, else the ISO name: the first that is itself accepted."""
    expected = {
        str(record["alpha_2"]): next(
            name
            for name in (record["common_name"], record["name"], record["official_name"])
            if name is not None and name not in _OUTRANKED
        )
        for record in _records()
    }
    assert dict(gazetteer["TERRITORIES"]) == expected
    assert list(gazetteer["TERRITORIES"]) == sorted(expected)


def _refused() -> dict[str, tuple[str, tuple[str, ...]]]:
    told: dict[str, tuple[str, tuple[str, ...]]] = {}
    for what in ("names", "codes"):  # a code outranks a name
        for group in _read("refused.json")["groups"]:
            for row in group["rows"]:
                reason = (group["kind"], tuple(row.get("suggestions", ())))
                told.update({_folded(text): reason for text in row.get(what, ())})
    return told


def test_each_text_of_the_files_is_refused_for_its_reason(gazetteer: dict[str, Any]) -> None:
    """§1: AMBIGUOUS, WITHDRAWN, RESERVED, NOT_A_COUNTRY and SUBDIVISION, with who may be meant."""
    expected = _refused()
    assert len(expected) > 100
    for key, (kind, suggestions) in expected.items():
        refusal = gazetteer["refusal_of"](key)
        assert (refusal.kind, refusal.suggestions) == (ErrorKind(kind), suggestions)


def test_each_shape_of_the_files_is_refused_for_its_reason(gazetteer: dict[str, Any]) -> None:
    """A code of a shape that names nothing is refused for what the shape is; no other text is."""
    known = {**_refused(), **{_folded(text): "" for text in (*_CODES, *_NAMES)}}
    patterns = _read("refused.json")["patterns"]
    letters = "abcdefghijklmnopqrstuvwxyz"
    shapes = 0
    for key in (a + b + c for a in letters for b in letters for c in ("", "a", "z", "1")):
        found = next((row for row in patterns if re.fullmatch(row["pattern"], key)), None)
        if key in known:
            continue
        refusal = gazetteer["refusal_of"](key)
        assert (refusal and tuple(refusal)) == (found and (ErrorKind(found["kind"]), ()))
        shapes += found is not None
    assert shapes


def test_what_has_the_shape_of_a_code_is_told_from_a_name(gazetteer: dict[str, Any]) -> None:
    """A code is one of the tables, refused or not, or looks like one of ISO 3166-2."""
    is_code = gazetteer["is_code"]
    refused = {
        _folded(text)
        for group in _read("refused.json")["groups"]
        for row in group["rows"]
        for text in row.get("codes", ())
    }
    for text in (*map(_folded, _CODES), *refused, "us-ca", "es-ct", "gb-eng", "fr-75", "zz-1"):
        assert is_code(text), text
    for text in ("germany", "congo", "us-", "us-cali", "usa-ca", "u-ca", "us ca", "-ca", "x"):
        assert not is_code(text), text


def test_the_memberships_are_those_of_the_file() -> None:
    """§1: each interval with its first day, the first day after it, and the law it rests on."""
    expected: dict[str, dict[str, list[tuple[date, date | None, str]]]] = {}
    rows: list[list[str]] = []
    for union, members in sorted(_read("memberships.json")["unions"].items()):
        for row in members:
            end = date.fromisoformat(row["end"]) if row["end"] else None
            span = (date.fromisoformat(row["start"]), end, row["basis"])
            expected.setdefault(union, {}).setdefault(row["territory"], []).append(span)
        for territory, spans in sorted(expected[union].items()):
            rows += [[union, territory, str(a), str(b), basis] for a, b, basis in spans]
    made = _anew("membership")["MEMBERSHIPS"]
    assert {
        union: {code: [(s.start, s.end, s.basis) for s in spans] for code, spans in held.items()}
        for union, held in made.unions.items()
    } == expected
    days = {day for _, _, *days, _ in rows for day in days if day != "None"}
    assert [str(day) for day in made.boundaries] == sorted(days)
    # The revision is the digest of the rows as the shortest JSON, so that it can be made elsewhere.
    text = json.dumps(rows, separators=(",", ":"))
    assert made.revision == sha256(text.encode()).hexdigest()


def test_the_data_files_are_read_whole() -> None:
    """What a module parses is the file, and the revision is that of all of them."""
    made = _anew("datafile")
    for name in made["DATA_FILES"]:
        assert made["parse"](name) == _read(name)
    expected = sha256()
    for name in sorted(made["DATA_FILES"]):
        content = (_DATA / name).read_bytes()
        for part in (name.encode(), content):
            expected.update(len(part).to_bytes(8, "big") + part)
    assert made["GEOGRAPHY_REVISION"] == expected.hexdigest()


def test_a_sealed_file_is_read_or_refused() -> None:
    """A file of another digest, or none at all, is refused by its name."""
    made = _anew("datafile")
    name = "regions/aws.json"
    digest = sha256((_DATA / name).read_bytes()).hexdigest()
    assert made["parse_sealed"](name, digest) == _read(name)
    for given, wanted, kind in (
        (name, "0" * 64, ErrorKind.CONFLICT),
        ("regions/none.json", digest, ErrorKind.UNREADABLE),
    ):
        with pytest.raises(ValueError, match="install the library again") as caught:
            made["parse_sealed"](given, wanted)
        assert (getattr(caught.value, "kind", ""), getattr(caught.value, "value", "")) == (
            kind,
            given,
        )


def test_the_regions_are_those_of_the_file() -> None:
    """Each spelling of a provider's file names its region, with its countries and its source."""
    made = _anew("cloud")
    index = _read("regions.json")["providers"]
    assert list(index) == list(made["PROVIDERS"])
    for provider in index:
        document = _read(f"regions/{provider}.json")
        held = made["cloud_provider"](provider)
        assert (held.id, held.name) == (provider, document["name"])
        assert dict(held.left_out) == document["left_out"]
        assert (held.absent, held.widest) == (document.get("absent"), document.get("widest", ""))
        spellings: dict[str, str] = {}
        for group in document["groups"]:
            source = "; ".join(f"{each['title']}, seen {each['seen']}" for each in group["sources"])
            for name, row in group["regions"].items():
                written = [
                    pattern.format(each)
                    for pattern in group["spellings"]
                    for each in (name, *row.get("also", ()))
                ]
                region = held.regions[written[0]]
                assert (region.provider, region.id, region.name) == (
                    provider,
                    written[0],
                    row["name"],
                )
                assert (region.countries, region.source) == (set(row["countries"]), source)
                assert region.label == f"{provider}:{written[0]}"
                spellings |= {each.lower(): written[0] for each in written}
        assert dict(held.spellings) == spellings
        assert set(held.regions) == set(spellings.values())
    assert made["cloud_provider"]("none") is None
    assert set(made["CLOUD_REGIONS"]) == set(index)
    assert len(made["CLOUD_REGIONS"]) == len(index)
    with pytest.raises(KeyError, match="none"):
        made["CLOUD_REGIONS"]["none"]


def test_what_a_client_reports_is_refused_with_its_value() -> None:
    """A region, or a provider, that is not known is told as it was reported."""
    for provider, region, value, suggestions in (
        ("azure", None, None, ()),
        ("azure", "", "", ()),
        ("aws", "eu-west-99", "eu-west-99", ()),
        ("nobody", "x", "nobody", PROVIDERS),
    ):
        error = refused(partial(LOCATIONS.reported, provider, region))
        assert (type(error), error.kind) == (DestinationError, ErrorKind.UNKNOWN_LOCATION)
        assert (error.value, error.suggestions) == (value, suggestions)


def test_intervals_out_of_order_are_refused_with_the_one_that_is() -> None:
    """Of two intervals that overlap the second is told."""
    first = Interval(date(2000, 1, 1), date(2010, 1, 1), "a treaty")
    second = Interval(date(2009, 1, 1), None, "another")
    unions = {"EU": {normalise("DE"): (first, second)}}
    assert told(lambda: Memberships(unions)) == (InputError, ErrorKind.CONFLICT, second)


def test_what_is_no_text_is_called_by_its_type() -> None:
    """§1, TYPE: whoever passed YAML's False, or pandas' NaN, is told what arrived."""
    for value, name in ((False, "bool"), (float("nan"), "float"), (7, "int"), (None, "NoneType")):
        assert str(refused(partial(normalise, value))).startswith(f"country is `{name}`, not text")


def test_a_union_is_refused_with_those_there_are() -> None:
    """A union that nobody knows is told, with those of which membership is dated."""
    call = partial(MEMBERSHIPS.is_member, "EFTA", normalise("DE"), date(2020, 1, 1))
    assert told(call) == (InputError, ErrorKind.UNKNOWN, "EFTA")
    assert refused(call).suggestions == tuple(_read("memberships.json")["unions"])
