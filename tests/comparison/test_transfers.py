"""Every transfer that becomes permitted or blocked is listed, and no other."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency import Context, Designation, Guard, Reason, Router, load_policy
from residency.comparison import TransferChange
from residency.comparison.transfers import transfer_changes
from residency.geography import TERRITORIES, Interval, Memberships, Territory
from residency.placement import Placement
from residency.policy import Policy, read_policy
from tests.comparison.documents import EU_UNION, OLD, US_TERRITORIES, edited
from tests.policy.documents import BUNDLED, FOUR_ZONES

_ACCESSION = date(2030, 1, 1)
_LONG_AGO = date(2000, 1, 1)
_RENAMED_ZONE = edited(
    ('id = "CA"\n', 'id = "CAN"\n'),
    ("CA = [", "CAN = ["),
    ('within = "CA"\nzone = "CA"', 'within = "CA"\nzone = "CAN"'),
)


def _changes(old: Policy, new: Policy) -> list[TransferChange]:
    return list(transfer_changes(old, new))


def test_ground_that_grows() -> None:
    """Where a zone takes in a country, data of that zone may be written there: that raises risk."""
    changes = _changes(OLD, edited((EU_UNION, f'codes = ["CH"]\n{EU_UNION}')))
    assert {change.solution for change in changes} == {"xm-fax", "xm-sendsecure", "xm-cloud-portal"}
    for change in changes:
        assert (change.zones, change.destinations) == (("EU",), ("country:CH",))
        assert (change.before, change.after) == (Reason.NO_CONSENT, Reason.WITHIN_ZONE)
        assert (change.start, change.end) == (OLD.reference.effective, None)
        assert change.raises_risk


def test_ground_that_shrinks() -> None:
    """Where a zone gives up territories, writes to them become blocked: that raises no risk."""
    changes = _changes(OLD, edited((US_TERRITORIES, 'codes = ["US"]')))
    assert {change.after for change in changes} == {Reason.NO_CONSENT}
    assert not any(change.raises_risk for change in changes)
    [both] = [change for change in changes if change.zones == ("US", "CA")]
    assert both.solution == "license-servers"
    assert set(both.destinations) == {
        f"country:{territory}" for territory in ("AS", "GU", "MP", "PR", "UM", "VI")
    }


def test_declared_hosting_that_is_asked_for() -> None:
    """Where the document asks for declared hosting, all of the zone but that is blocked."""
    changes = _changes(OLD, edited(("enforce_hosting = false", "enforce_hosting = true")))
    [fax] = [c for c in changes if c.solution == "xm-fax" and c.zones == ("EU",)]
    assert "country:DE" in fax.destinations
    assert "zone:EU" in fax.destinations
    assert "country:FR" not in fax.destinations
    assert fax.after is Reason.UNDECLARED_HOSTING


def test_a_zone_that_is_gone() -> None:
    """Data that was designated for a zone which the new policy lacks may be written nowhere."""
    changes = _changes(OLD, load_policy(FOUR_ZONES))
    canadian = [c for c in changes if c.solution == "xm-fax" and c.zones == ("CA",)]
    assert {to for c in canadian for to in c.destinations} == {"zone:CA", "country:CA"}
    assert not any(change.raises_risk for change in canadian)
    [unknown] = [
        change
        for change in _changes(OLD, _RENAMED_ZONE)
        if change.solution == "xm-fax" and "zone:CA" in change.destinations
    ]
    assert unknown.after is Reason.UNKNOWN_DESTINATION


@pytest.mark.parametrize(("day", "permitted"), [(-1, False), (0, True), (1, True)])
def test_membership_that_changes_later(day: int, permitted: bool) -> None:  # noqa: FBT001 - a column of the table
    """A change of membership after the new policy's first day is a date of its own."""
    union = {
        Territory("DE"): (Interval(_LONG_AGO, None, "founder"),),
        Territory("FR"): (Interval(_LONG_AGO, None, "founder"),),
        Territory("IE"): (Interval(_LONG_AGO, None, "founder"),),
        Territory("SE"): (Interval(_ACCESSION, None, "accession"),),
    }
    later = Memberships({"EU": union})
    without = Memberships({"EU": {**union, Territory("SE"): ()}})
    document = BUNDLED.read_bytes()
    old, new = (read_policy(document, memberships=each) for each in (without, later))
    on = _ACCESSION + timedelta(days=day)
    listed = [c for c in _changes(old, new) if c.start <= on and (c.end is None or on < c.end)]
    assert bool(listed) is permitted
    assert all(change.destinations == ("country:SE",) for change in listed)
    assert all(change.raises_risk for change in listed)
    # The other way round, what was permitted becomes blocked on that day.
    assert {change.start for change in _changes(new, old)} == {_ACCESSION}


def test_a_difference_that_ends() -> None:
    """A difference that membership makes good for has an end."""
    union = {
        Territory("FR"): (Interval(_LONG_AGO, None, "founder"),),
        Territory("IE"): (Interval(_LONG_AGO, None, "founder"),),
    }
    early = Memberships({"EU": {**union, Territory("SE"): (Interval(_LONG_AGO, None, ""),)}})
    late = Memberships({"EU": {**union, Territory("SE"): (Interval(_ACCESSION, None, ""),)}})
    document = BUNDLED.read_bytes()
    old, new = (read_policy(document, memberships=each) for each in (early, late))
    spans = {(change.start, change.end) for change in _changes(old, new)}
    assert spans == {(OLD.reference.effective, _ACCESSION)}


_POLICIES = [
    OLD,
    load_policy(FOUR_ZONES),
    edited((US_TERRITORIES, 'codes = ["US"]')),
    edited(("enforce_hosting = false", "enforce_hosting = true")),
    edited((EU_UNION, f'codes = ["CH", "GB"]\n{EU_UNION}')),
    _RENAMED_ZONE,
]


@cache
def _listed(old: int, new: int) -> list[TransferChange]:
    return _changes(_POLICIES[old], _POLICIES[new])


@given(
    st.sampled_from([(0, new) for new in range(1, len(_POLICIES))]),
    st.booleans(),
    st.sampled_from(
        [f"country:{each}" for each in TERRITORIES] + ["zone:EU", "zone:CA", "zone:UK"]
    ),
    st.integers(0, 4_000),
    st.data(),
)
def test_complete_and_exact(
    pair: tuple[int, int],
    back: bool,  # noqa: FBT001 - one of those drawn
    to: str,
    days: int,
    data: st.DataObject,
) -> None:
    """For any designated data, guards decide differently if and only if a change says so."""
    first, second = reversed(pair) if back else pair
    old, new = _POLICIES[first], _POLICIES[second]
    solution = data.draw(st.sampled_from([*old.solutions.values()]))
    designated: list[tuple[str, ...]] = [(zone,) for zone in solution.storage]
    if not solution.placed_by_country:
        designated.append(tuple(solution.storage))
    zones = data.draw(st.sampled_from(designated))
    hosting = tuple(country for zone in zones for country in solution.storage[zone])
    placement = Placement(
        solution.id, Territory("DE"), zones, hosting, solution.clause, old.reference
    )
    designation = Designation("acme", _LONG_AGO, placement)
    day = new.reference.effective + timedelta(days=days)
    context = Context(at=datetime.combine(day, time(12), UTC))
    permitted = [
        Guard(Router(policy)).decide(designation, to=to, context=context).permitted
        for policy in (old, new)
    ]
    listed = [
        change.raises_risk
        for change in _listed(first, second)
        if (change.solution, change.zones) == (solution.id, zones)
        and to in change.destinations
        and change.start <= day
        and (change.end is None or day < change.end)
    ]
    assert listed == [permitted[1]] * (permitted[0] != permitted[1])
