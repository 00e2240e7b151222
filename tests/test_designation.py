"""A designation is stored as JSON and read back, or refused as a whole."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given as for_all
from hypothesis import strategies as st

from residency import Account, Agreement, Designation, Guard, Router, load_policy
from residency.errors import ErrorKind, InputError, ResidencyError
from residency.geography import TERRITORIES

GUARD = Guard(Router(load_policy("xmedius")))
SOLUTIONS = tuple(GUARD.router.policy.solutions)


def _designation(**changes: Any) -> Designation:
    fields: dict[str, Any] = {"setup_date": date(2021, 3, 1)} | changes
    account = Account("acme", fields.pop("country", "Germany"), "xmedius-europe", **fields)
    return GUARD.designate(account, "xm-fax")


@for_all(
    account=st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1),
    country=st.sampled_from(sorted(TERRITORIES)),
    solution=st.sampled_from(SOLUTIONS),
    day=st.dates(),
)
def test_what_is_stored_is_read_back(account: str, country: str, solution: str, day: date) -> None:
    """A designation read back from its JSON equals the one that was written."""
    made = Account(account, country, "xmedius-solutions", setup_date=day)
    designation = GUARD.designate(made, solution)
    text = designation.to_json()
    assert Designation.from_json(text) == designation
    assert "\n" not in text


def test_an_agreement_is_stored_too() -> None:
    """The written agreement that a placement rests on is part of what is stored."""
    agreement = Agreement("xm-fax", "CA", "MSA-7", date(2021, 2, 1))
    designation = _designation(agreements=(agreement,))
    stored = json.loads(designation.to_json())
    assert stored["agreement"] == {
        "solution": "xm-fax",
        "zone": "CA",
        "reference": "MSA-7",
        "date": "2021-02-01",
    }
    read = Designation.from_json(designation.to_json())
    assert read.placement.agreement == agreement


def test_the_stored_text_says_all_that_was_decided() -> None:
    """The JSON names the account, solution, zone, hosting, clause, policy revision and date."""
    designation = _designation()
    stored = json.loads(designation.to_json())
    assert stored == {
        "format": 1,
        "account": "acme",
        "setup_date": "2021-03-01",
        "solution": "xm-fax",
        "territory": "DE",
        "zones": ["EU"],
        "hosting": ["FR"],
        "clause": "§5(ii)",
        "policy": {
            "id": "xmedius",
            "effective": "2020-11-01",
            "revision": designation.placement.policy.revision,
        },
        "agreement": None,
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("format", True),
        ("format", "1"),
        ("account", ""),
        ("account", 7),
        ("setup_date", "2021-13-01"),
        ("setup_date", None),
        ("solution", None),
        ("territory", "EU"),
        ("territory", "de"),
        ("zones", []),
        ("zones", "EU"),
        ("zones", [None]),
        ("hosting", ["Paris"]),
        ("clause", 5),
        ("policy", None),
        ("policy", {"id": "xmedius", "effective": "2020-11-01"}),
        ("policy", {"id": "xmedius", "effective": "2020-11-01", "revision": "abc"}),
        ("policy", {"id": "xmedius", "effective": "2020-11-01", "revision": "Z" * 64}),
        ("policy", {"id": "xmedius", "effective": "2020-11-01", "revision": "X" * 64}),
        ("agreement", []),
        ("format", 1.0),
        ("setup_date", "20210301"),
        (
            "agreement",
            {"solution": "billing", "zone": "EU", "reference": "MSA", "date": "2021-02-01"},
        ),
        (
            "agreement",
            {"solution": "xm-fax", "zone": "CA", "reference": "MSA", "date": "2021-02-01"},
        ),
        ("agreement", {"solution": "xm-fax"}),
    ],
)
def test_an_altered_text_is_refused(key: str, value: object) -> None:
    """A stored designation in which one value is of no use is refused, not half read."""
    stored = json.loads(_designation().to_json()) | {key: value}
    with pytest.raises(InputError) as refused:
        Designation.from_json(json.dumps(stored))
    assert refused.value.kind is ErrorKind.MALFORMED


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", "[" * 100_000, '{"format": 1}'])
def test_a_text_that_is_no_designation_is_refused(text: str) -> None:
    """JSON of another kind, and text that is no JSON, are refused with a typed error."""
    with pytest.raises(InputError) as refused:
        Designation.from_json(text)
    assert refused.value.kind is ErrorKind.MALFORMED


def test_a_key_that_stands_twice_is_refused() -> None:
    """Of two values under one key a person may see the one, and the library the other."""
    text = _designation().to_json()
    with pytest.raises(InputError):
        Designation.from_json(text[:-1] + ', "zones": ["US"]}')


def test_a_placement_of_another_territory_is_not_pinned() -> None:
    """What was decided for one country is not pinned for an account of another."""
    german = Account("acme", "Germany", "xmedius-europe", setup_date=date(2021, 3, 1))
    with pytest.raises(InputError) as refused:
        Designation.of(german, _designation(country="US").placement)
    assert refused.value.kind is ErrorKind.CONFLICT


@pytest.mark.parametrize("zones", [(None,), (), "EU", ["EU"], None, ({},), ("",)], ids=repr)
def test_a_placement_is_in_zones(zones: Any) -> None:
    """Zones are texts in a tuple: with None among them, a place in no zone would be home."""
    with pytest.raises(InputError):
        evolve(_designation().placement, zones=zones)


def test_a_huge_text_is_refused_unread() -> None:
    """A text longer than any designation is refused before it is parsed."""
    with pytest.raises(InputError) as refused:
        Designation.from_json(" " * 100_001)
    assert refused.value.kind is ErrorKind.TOO_LARGE


@for_all(st.text() | st.binary() | st.none() | st.integers())
def test_whatever_is_read_is_a_designation_or_a_refusal(text: Any) -> None:
    """Nothing that is read raises anything but the library's own error."""
    with pytest.raises(ResidencyError):
        Designation.from_json(text)


def test_a_designation_is_made_of_checked_values() -> None:
    """An account id, a date or a placement of another type is refused."""
    designation = _designation()
    with pytest.raises(InputError):
        Designation("", designation.setup_date, designation.placement)
    with pytest.raises(InputError):
        Designation("acme", datetime(2021, 3, 1, tzinfo=UTC), designation.placement)
    with pytest.raises(InputError):
        Designation("acme", designation.setup_date, "EU")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the refusal is what is tested


def test_designations_that_decide_alike_share_a_key_and_others_do_not() -> None:
    """Two accounts of one zone share a key; another clause, or another zone, has another key."""
    assert _designation().key == _designation(country="Austria").key
    assert _designation().key != _designation(country="Canada").key
    british = _designation(country="GB")
    assert british.placement.zones == ("EU",)
    assert _designation().key != british.key
    placement = _designation().placement
    other = evolve(placement, policy=evolve(placement.policy, revision="0" * 64))
    assert evolve(_designation(), placement=other).key != _designation().key
