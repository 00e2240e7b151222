"""The comparison as a whole, and the notice that it asks for (§1)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.comparison import compare
from residency.errors import ErrorKind, InputError
from residency.policy import Policy
from tests.comparison.documents import EU_UNION, OLD, US_TERRITORIES, compared, edited

_GROWS = (EU_UNION, f'codes = ["CH"]\n{EU_UNION}')


def test_what_is_compared() -> None:
    """The comparison names both policies, and the notice and clause that the old one promises."""
    new = edited(_GROWS, ("notice_days = 30", "notice_days = 0"))
    comparison = compare(OLD, new)
    assert (comparison.old, comparison.new) == (OLD.reference, new.reference)
    assert (comparison.notice_days, comparison.notice_clause) == (30, "§1(notice)")


@given(st.dates(max_value=date(9999, 1, 1)))
def test_risk_is_announced_thirty_days_ahead(day: date) -> None:
    """What raises privacy risk takes effect 30 days after it was announced, and not before."""
    assert _RISKY.earliest_effective(day) == day + timedelta(days=30)


def test_no_risk_needs_no_notice() -> None:
    """What raises no privacy risk may take effect on the day on which it is announced."""
    comparison = compared(('"support", "troubleshooting"]', '"support"]'))
    assert comparison.changes
    assert comparison.risks == ()
    assert comparison.earliest_effective(date(2026, 1, 1)) == date(2026, 1, 1)


def test_a_policy_cannot_shorten_the_notice_of_itself() -> None:
    """The notice is the old policy's, whatever the new one says of its own successors."""
    shorter = compared(_GROWS, ("notice_days = 30", "notice_days = 0"))
    assert shorter.earliest_effective(date(2026, 1, 1)) == date(2026, 1, 31)
    longer = compared(_GROWS, ("notice_days = 30", "notice_days = 90"))
    assert longer.earliest_effective(date(2026, 1, 1)) == date(2026, 1, 31)


def test_risks_are_changes() -> None:
    """The risks are those changes that raise risk, in order; blocked transfers are none."""
    comparison = compared((US_TERRITORIES, 'codes = ["US"]'))
    assert set(comparison.risks) < set(comparison.changes)
    assert list(comparison.risks) == [c for c in comparison.changes if c.raises_risk]


@pytest.mark.parametrize(
    "day",
    [datetime(2026, 1, 1), "2026-01-01", date.max],  # noqa: DTZ001 - naive or not, it is refused
)
def test_malformed_days_are_refused(day: date) -> None:
    """The announcement is a calendar day, 30 days before the end of time at the latest."""
    with pytest.raises(InputError) as caught:
        _RISKY.earliest_effective(day)
    assert caught.value.kind == ErrorKind.INVALID_DATE


@pytest.mark.parametrize("pair", [("xmedius", OLD), (OLD, None)])
def test_other_types_are_refused(pair: tuple[Policy, Policy]) -> None:
    """A name is no policy: load it."""
    with pytest.raises(InputError) as caught:
        compare(*pair)
    assert caught.value.kind == ErrorKind.TYPE


_RISKY = compared(_GROWS)
