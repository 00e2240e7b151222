"""Where data is stored, to the letter of two policies: semantics §5, the row clause fidelity.

What is expected stands in this file, taken from the policies and from the treaties: the shipped
properties compare with the reference evaluator, and this is what it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from residency.geography import TERRITORIES
from residency.testing import Placed
from residency.testing.target import SignUp
from residency.testing.world import World
from tests.properties.worlds import FOUR_ZONES, XMEDIUS


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EU_SINCE = {
    **dict.fromkeys(_codes("BE DE FR IT LU NL GF GP MF MQ RE"), date(1958, 1, 1)),
    **dict.fromkeys(_codes("DK IE"), date(1973, 1, 1)),
    **dict.fromkeys(_codes("GR"), date(1981, 1, 1)),
    **dict.fromkeys(_codes("ES PT"), date(1986, 1, 1)),
    **dict.fromkeys(_codes("AT FI SE AX"), date(1995, 1, 1)),
    **dict.fromkeys(_codes("CY CZ EE HU LT LV MT PL SI SK"), date(2004, 5, 1)),
    **dict.fromkeys(_codes("BG RO"), date(2007, 1, 1)),
    **dict.fromkeys(_codes("HR"), date(2013, 7, 1)),
    **dict.fromkeys(_codes("YT"), date(2014, 1, 1)),
}
_EU_BETWEEN = {
    "GB": (date(1973, 1, 1), date(2020, 2, 1)),
    "GI": (date(1973, 1, 1), date(2020, 2, 1)),
    "BL": (date(1958, 1, 1), date(2012, 1, 1)),
}
_CHANGES = sorted({*_EU_SINCE.values(), *(day for span in _EU_BETWEEN.values() for day in span)})
_DAYS = [day + timedelta(step) for day in _CHANGES for step in (-1, 0, 1)]
_USA = _codes("US PR GU VI AS MP UM")

_BRITISH = _codes("GB GG JE IM")
_APAC = _codes("AU FJ HK ID IN JP KR MY NZ PG PH SG TH TW VN")


def _is_eu(territory: str, day: date) -> bool:
    if territory in _EU_BETWEEN:
        start, end = _EU_BETWEEN[territory]
        return start <= day < end
    return territory in _EU_SINCE and _EU_SINCE[territory] <= day


def _xmedius(territory: str, day: date, entity: str) -> tuple[str, str]:
    """Return the clause of section 5 that applies, and the zone that it names."""
    if territory in _USA:
        return "§5(i)", "US"
    if _is_eu(territory, day):
        return "§5(ii)", "EU"
    if territory == "CA":
        return "§5(iii)", "CA"
    return "§5(iv)", {"xmedius-solutions": "US", "xmedius-europe": "EU"}[entity]


def _halcyon(territory: str, day: date, entity: str) -> tuple[str, str]:
    """Return the same for the example's article 2."""
    if territory in _BRITISH:
        return "Art.2(b)", "UK"
    if _is_eu(territory, day):
        return "Art.2(a)", "EU"
    if territory == "US":
        return "Art.2(c)", "US"
    if territory in _APAC:
        return "Art.2(d)", "APAC"
    zones = {"halcyon-gmbh": "EU", "halcyon-ltd": "UK", "halcyon-inc": "US"}
    return "Art.2(e)", zones[entity]


_FIXED = {
    "xm-connect": Placed(("US",), ("US",), "§3.3"),
    "help-desk": Placed(("US",), ("US",), "§3.4"),
    "billing": Placed(("US",), ("US",), "§3.4"),
    "license-servers": Placed(("US", "CA"), ("US", "CA"), "§3.5"),
    "directory": Placed(("EU",), ("SE",), "Art.4(b)"),
    "status-page": Placed(("EU", "US"), ("IE", "US"), "Art.4(c)"),
}
_HOSTED: dict[str, dict[str, tuple[str, ...]]] = {
    "xm-fax": {"US": ("US",), "EU": ("FR",), "CA": ("CA",)},
    "xm-sendsecure": {"US": ("US",), "EU": ("IE",), "CA": ("CA",)},
    "xm-cloud-portal": {"US": ("US",), "EU": ("IE",), "CA": ("CA",)},
    "mailroom": {"EU": ("DE", "NL"), "UK": ("GB",), "US": ("US",), "APAC": ("SG", "AU")},
    "archive": {"EU": ("DE",), "UK": ("GB",), "US": ("US",), "APAC": ("JP",)},
}

_CaseOf = Callable[[str, date, str], tuple[str, str]]

_CASES = pytest.mark.parametrize(
    ("world", "case_of"),
    [(XMEDIUS, _xmedius), (FOUR_ZONES, _halcyon)],
    ids=["xmedius", "four-zones"],
)


@pytest.mark.untraced
@_CASES
def test_the_country_decides(world: World, case_of: _CaseOf) -> None:
    """Engine and reference place each account where the clause of its country and day says."""
    for territory in TERRITORIES:
        for day in _DAYS:
            for entity in world.policy.entities:
                signup = SignUp("acme", territory, entity, day)
                for solution, hosted in _HOSTED.items():
                    if solution in world.policy.solutions:
                        clause, zone = case_of(territory, day, entity)
                        expected = Placed((zone,), hosted[zone], clause)
                        assert world.place(signup, solution) == expected
                        assert world.expected_place(signup, solution) == expected


@_CASES
def test_some_solutions_are_kept_in_one_place(world: World, case_of: _CaseOf) -> None:
    """Solutions that are hosted in fixed places are placed there, whatever the country."""
    del case_of
    for territory in TERRITORIES:
        for day in _DAYS:
            signup = SignUp("acme", territory, next(iter(world.policy.entities)), day)
            for solution, expected in _FIXED.items():
                if solution in world.policy.solutions:
                    assert world.place(signup, solution) == expected
                    assert world.expected_place(signup, solution) == expected


@pytest.mark.parametrize("world", [XMEDIUS, FOUR_ZONES])
def test_every_solution_is_here(world: World) -> None:
    """No solution of the policies is left out of this file."""
    assert set(world.policy.solutions) <= {*_HOSTED, *_FIXED}


def test_the_dated_changes_are_all_here() -> None:
    """No dated change of membership is left out of this file, and none is invented."""
    assert list(XMEDIUS.policy.memberships.boundaries) == _CHANGES


@pytest.mark.parametrize(("world", "clause"), [(XMEDIUS, "§5(agreement)"), (FOUR_ZONES, "Art.3")])
def test_an_agreement_in_writing_comes_first(world: World, clause: str) -> None:
    """A written agreement moves its solution to the zone it names, by the clause on agreements."""
    for solution in world.policy.solutions.values():
        for zone, hosting in solution.storage.items():
            signup = SignUp("acme", "DE", None, date(2021, 3, 1), ((solution.id, zone),))
            assert world.place(signup, solution.id) == Placed((zone,), tuple(hosting), clause)
