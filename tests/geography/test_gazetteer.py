"""The tables: complete, without contradictions, every entry with its source."""

from collections.abc import Iterator
from typing import Any, cast

import pycountry
import pytest

from residency.errors import ErrorKind
from residency.geography import TERRITORIES
from residency.geography.datafile import parse
from residency.geography.folding import fold
from residency.geography.gazetteer import ACCEPTED, SPELLINGS, is_code, refusal_of
from tests.geography.countries import ASSIGNED, OFFICIAL

_SNAPSHOT = cast("dict[str, Any]", parse("territories.json"))
_ALIASES = cast("dict[str, Any]", parse("aliases.json"))
_REFUSED = cast("dict[str, Any]", parse("refused.json"))


def _aliases() -> Iterator[tuple[str, str]]:
    for group in _ALIASES["groups"]:
        for table in ("codes", "names"):
            for code, spellings in group.get(table, {}).items():
                yield from ((spelling, code) for spelling in spellings)


def _refused() -> Iterator[str]:
    for group in _REFUSED["groups"]:
        for row in group["rows"]:
            yield from (*row.get("codes", ()), *row.get("names", ()))


def test_the_installed_pycountry_agrees_with_the_snapshot() -> None:
    """The snapshot holds exactly the codes and names of the installed pycountry."""
    fields = ("alpha_2", "alpha_3", "numeric", "name", "official_name", "common_name")
    installed = {
        record.alpha_2: {field: getattr(record, field, None) for field in fields}
        for record in pycountry.countries
    }
    assert {record["alpha_2"]: record for record in _SNAPSHOT["territories"]} == installed
    assert len(_SNAPSHOT["territories"]) == 249


def test_what_is_accepted_is_what_the_files_hold() -> None:
    """Every accepted spelling is a code or name of ISO 3166-1, of XK, or an alias."""
    kosovo = {"XK", "XKX", "Kosovo", "Republic of Kosovo"}
    assert set(SPELLINGS) == ASSIGNED | kosovo | {spelling for spelling, _ in _aliases()}
    assert set(ACCEPTED.values()) == OFFICIAL | {"XK"}


def test_only_congo_is_both_a_name_and_refused() -> None:
    """No accepted spelling is refused, and of the ISO names only those that are outranked."""
    refused = {fold(text) for text in _refused()}
    outranked = set(map(fold, _ALIASES["outranked"]["names"]))
    assert refused.isdisjoint(ACCEPTED)
    assert refused & {fold(record.name) for record in pycountry.countries} == outranked == {"congo"}


def test_no_text_stands_twice() -> None:
    """No alias repeats another spelling, and no refused text another."""
    aliases = [fold(spelling) for spelling, _ in _aliases()]
    assert len(set(aliases)) == len(aliases)
    # The casefolded dotted capital of Turkish is another key than the small letter.
    assert set(aliases).isdisjoint(map(fold, ASSIGNED))
    refused = [fold(text) for text in _refused()]
    assert len(set(refused)) == len(refused)


def test_each_entry_has_a_source() -> None:
    """Each group of aliases and refusals, each addition and each snapshot names its source."""
    sourced = [
        _SNAPSHOT,
        _ALIASES["outranked"],
        *_ALIASES["additions"],
        *_ALIASES["groups"],
        *_REFUSED["groups"],
        *_REFUSED["patterns"],
    ]
    assert all(entry["source"] for entry in sourced)


def test_each_code_in_the_files_is_a_territory() -> None:
    """Aliases lead, and refusals point, to territories; at most five of them."""
    assert {code for _, code in _aliases()} <= set(TERRITORIES)
    rows = [row for group in _REFUSED["groups"] for row in group["rows"]]
    for row in rows:
        suggestions = row.get("suggestions", [])
        assert set(suggestions) <= set(TERRITORIES), row
        assert len(suggestions) <= 5, row


def test_refusals_have_the_five_listed_kinds() -> None:
    """The tables refuse with the kinds that a list can give."""
    assert {group["kind"] for group in (*_REFUSED["groups"], *_REFUSED["patterns"])} == {
        "AMBIGUOUS",
        "NOT_A_COUNTRY",
        "RESERVED",
        "SUBDIVISION",
        "WITHDRAWN",
    }


def test_withdrawn_and_ambiguous_texts_have_suggestions() -> None:
    """An ambiguous, withdrawn, reserved or partial text comes with what to use in its place."""
    rows = [
        row
        for group in _REFUSED["groups"]
        if group["kind"] != "NOT_A_COUNTRY"
        for row in group["rows"]
    ]
    assert all(row["suggestions"] for row in rows)
    ambiguous = [
        row for group in _REFUSED["groups"] if group["kind"] == "AMBIGUOUS" for row in group["rows"]
    ]
    assert all(len(row["suggestions"]) > 1 for row in ambiguous)


def test_aliases_are_english() -> None:
    """Aliases are written in the Latin alphabet."""
    assert all(ord(character) < 0x250 for spelling, _ in _aliases() for character in spelling)


def test_each_short_key_is_a_code() -> None:
    """Whatever is accepted and has two or three letters or digits counts as a code."""
    short = {key for key in ACCEPTED if len(key) <= 3 and key.isalnum()}
    assert short
    assert {key for key in short if not is_code(key)} == set()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("fr", True),
        ("dprk", True),
        ("anhh", True),
        ("us-ca", True),
        ("xx-1", True),
        ("xab", True),
        ("france", False),
        ("cuba", False),
        ("u.s.", False),
        ("us-", False),
        ("", False),
    ],
)
def test_what_is_a_code(key: str, code: bool) -> None:  # noqa: FBT001 - a test's column
    """Listed codes, codes left to users and the shape of ISO 3166-2 are codes; names are not."""
    assert is_code(key) is code


def test_an_unlisted_key_is_not_refused_here() -> None:
    """The tables have no opinion on what they do not list."""
    assert refusal_of("ruritania") is None
    known = refusal_of("congo")
    assert known is not None
    assert known.kind is ErrorKind.AMBIGUOUS


def test_the_tables_cannot_be_changed() -> None:
    """Nobody can add or move a territory at run time."""
    for table in (ACCEPTED, SPELLINGS, TERRITORIES):
        with pytest.raises(TypeError):
            table["ruritania"] = "FR"  # type: ignore[index]  # the test
