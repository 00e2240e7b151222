"""Locations: the ground a destination stands on, taken from facts outside the code."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from residency import load_policy
from residency.destination import locate
from residency.errors import DestinationError
from residency.geography import TERRITORIES

POLICY = load_policy("xmedius")
TODAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("text", "country", "zone"),
    [
        ("aws:eu-west-1", "IE", "EU"),
        ("aws:eu-west-2", "GB", None),
        ("aws:eu-west-3", "FR", "EU"),
        ("aws:eu-central-1", "DE", "EU"),
        ("aws:eu-central-2", "CH", None),
        ("aws:eu-north-1", "SE", "EU"),
        ("aws:eu-south-1", "IT", "EU"),
        ("aws:eu-south-2", "ES", "EU"),
        ("aws:il-central-1", "IL", None),
        ("aws:ca-central-1", "CA", "CA"),
        ("aws:ca-west-1", "CA", "CA"),
        ("aws:us-east-1", "US", "US"),
        ("aws:us-gov-west-1", "US", "US"),
        ("aws:mx-central-1", "MX", None),
        ("aws:sa-east-1", "BR", None),
        ("country:FR", "FR", "EU"),
        ("country:UK", "GB", None),
        ("country:PR", "PR", "US"),
        ("country:CH", "CH", None),
        ("country:RE", "RE", "EU"),
        ("country:NC", "NC", None),
        ("country:IC", "ES", "EU"),
    ],
)
def test_the_ground_decides_and_not_the_name(text: str, country: str, zone: str | None) -> None:
    """A place is in the zone of the country it stands in, whatever it is called."""
    (location,) = locate(text, POLICY, TODAY)
    assert location.countries == {country}
    assert location.zone == zone


@pytest.mark.parametrize("zone", ["US", "EU", "CA"])
def test_a_zone_is_a_place(zone: str) -> None:
    """A zone named by its id is that zone, and claims no country."""
    (location,) = locate(f"zone:{zone}", POLICY, TODAY)
    assert location.zone == zone
    assert location.names == {zone, f"zone:{zone}"}
    assert not location.countries


@pytest.mark.parametrize(
    ("text", "day", "zone"),
    [
        ("aws:eu-west-2", date(2020, 1, 31), "EU"),
        ("aws:eu-west-2", date(2020, 2, 1), None),
        ("country:HR", date(2013, 6, 30), None),
        ("country:HR", date(2013, 7, 1), "EU"),
    ],
)
def test_the_ground_is_that_of_the_day(text: str, day: date, zone: str | None) -> None:
    """Membership of a destination is taken on the day of the transfer (TEU 50, TEU 49)."""
    assert locate(text, POLICY, day)[0].zone == zone


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "EU",
        "FR",
        "zone:",
        "zone:eu",
        "zone:MARS",
        "country:",
        "country:EU",
        "country:Congo",
        "country:US-CA",
        "aws",
        "aws:",
        "aws:eu-west-99",
        "nobody:eu-west-1",
        "aws:eu- west-1",
        ":",
        "zone:EU\n",
        (),
        [],
        ["zone:EU", "zone:MARS"],
        ["zone:EU", None],
        [["zone:EU"]],
        ["zone:EU"] * 257,
        None,
        5,
        float("nan"),
        b"zone:EU",
        {"zone:EU": 1},
    ],
)
def test_what_is_not_known_is_no_place(text: object) -> None:
    """A destination that is not known, in part or whole, is refused: it is in no zone."""
    with pytest.raises(DestinationError):
        locate(text, POLICY, TODAY)


@for_all(st.lists(st.sampled_from(["zone:EU", "country:FR", "country:GB"]), min_size=1))
def test_order_and_repetition_of_places_change_nothing(places: list[str]) -> None:
    """The same set of places, however it is written, is the same destination."""
    found = locate(places, POLICY, TODAY)
    assert (
        found
        == locate(tuple(reversed(places)), POLICY, TODAY)
        == locate(set(places), POLICY, TODAY)
    )
    assert [location.label for location in found] == sorted(set(places))


@for_all(st.sampled_from(sorted(TERRITORIES)))
def test_every_territory_is_a_place(territory: str) -> None:
    """Each territory can be named, and a consent may name it by country, or by its zone."""
    (location,) = locate(f"country:{territory}", POLICY, TODAY)
    assert location.label == f"country:{territory}"
    assert location.names == {location.label} | ({location.zone} if location.zone else set())
