"""The rows of the reference evaluator, by what the policy says in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.testing import Placed, Question, Refused, Verdict, read_document
from residency.testing.changes import sites, trend
from residency.testing.exemptions import Claim, exempt
from residency.testing.holdings import moved
from residency.testing.limits import Limit, end_of, kept
from tests.policy.documents import BUNDLED

DOCUMENT = read_document(BUNDLED)
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
AT_HOME = Placed(("EU",), ("FR",), "§5(ii)")
TO_US = Question("acme", "xm-fax", "country:US", NOW, purpose="support")
NO_CONSENT = Verdict("NO_CONSENT", ("§5(ii)", "§5(transfer)"))


def _limit(amount: int, unit: str, after: str = "creation") -> Limit:
    return {"amount": amount, "unit": unit, "after": after}


@pytest.mark.parametrize(
    ("limit", "day", "end"),
    [
        (_limit(90, "days"), date(2024, 1, 1), date(2024, 3, 31)),
        (_limit(1, "months"), date(2024, 1, 31), date(2024, 2, 29)),
        (_limit(1, "years"), date(2024, 2, 29), date(2025, 2, 28)),
        (_limit(4, "years"), date(2024, 2, 29), date(2028, 2, 29)),
        (_limit(12, "months"), date(2023, 12, 31), date(2024, 12, 31)),
    ],
)
def test_a_limit_ends(limit: Limit, day: date, end: date) -> None:
    """A month or year that lacks the day ends on its last one."""
    assert end_of(limit, day) == end


@given(st.dates(date(1900, 1, 1), date(2300, 1, 1)), st.integers(1, 40))
def test_years_are_twelve_months(day: date, years: int) -> None:
    """So many years end when twelve times as many months do."""
    assert end_of(_limit(years, "years"), day) == end_of(_limit(12 * years, "months"), day)


@pytest.mark.parametrize(
    ("territory", "entity", "there"),
    [
        ("DE", None, ("EU", "FR")),
        ("CA", None, ("CA", "CA")),
        ("BR", "xmedius-solutions", ("US", "US")),
        ("BR", None, None),
    ],
)
def test_where_data_is(territory: str, entity: str | None, there: tuple[str, str] | None) -> None:
    """§5: the zone follows the country, elsewhere the entity; without one it is nowhere."""
    found = sites(DOCUMENT, territory, entity, date(2021, 3, 1), "xm-fax")
    assert found == (there and tuple(frozenset({each}) for each in there))


def test_what_is_unknown_has_no_limit() -> None:
    """An unknown solution or category is refused by its kind."""
    for solution, category in (("xm-print", "fax-data"), ("xm-fax", "gossip")):
        with pytest.raises(Refused, match="UNKNOWN_"):
            kept(DOCUMENT, solution, category, {})


def test_an_exemption_changes_a_lack_of_consent_alone() -> None:
    """An order permits what lacks a consent, and nothing that is denied for another reason."""
    order = Claim("LEGAL_OBLIGATION", reference="order 99")
    assert exempt(DOCUMENT, AT_HOME, TO_US, NO_CONSENT, order).reason == "EXEMPTION"
    for reason in ("WITHIN_ZONE", "CONSENT", "LEDGER_UNAVAILABLE", "UNKNOWN_DESTINATION"):
        verdict = Verdict(reason, ("§5(ii)",))
        assert exempt(DOCUMENT, AT_HOME, TO_US, verdict, order) == verdict
    assert exempt(DOCUMENT, AT_HOME, TO_US, NO_CONSENT, None) == NO_CONSENT


def test_a_zone_that_is_gone_cannot_be_shown_to_lie_anywhere() -> None:
    """Data designated for a zone that the document no longer has is not shown to be in the EU."""
    staff = Claim("PERSONNEL", personnel=("FR",))
    asked = exempt(DOCUMENT, AT_HOME, TO_US, NO_CONSENT, staff)
    assert asked.reason == "EXEMPTION"
    gone = AT_HOME._replace(zones=("ATLANTIS",))
    assert exempt(DOCUMENT, gone, TO_US, NO_CONSENT, staff).reason == "EXEMPTION_NOT_MET"


@pytest.mark.parametrize(("zone", "kind"), [("MOON", "NO_STORAGE"), ("EU", "CONFLICT")])
def test_a_zone_that_cannot_be_moved_to(zone: str, kind: str) -> None:
    """Data moves to another zone, in which its solution has storage."""
    with pytest.raises(Refused, match=kind):
        moved(DOCUMENT, AT_HOME, TO_US, (), zone=zone, claim=None)


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ([], [], None),
        ([], [_limit(1, "days")], "shrinks"),
        ([_limit(1, "days")], [], "grows"),
        ([_limit(90, "days")], [_limit(91, "days")], "grows"),
        ([_limit(1, "years")], [_limit(12, "months")], None),
        ([_limit(1, "years")], [_limit(365, "days")], "shrinks"),
        ([_limit(3, "months")], [_limit(91, "days")], "unclear"),
        ([_limit(1, "days")], [_limit(1, "days", "account-termination")], "unclear"),
    ],
)
def test_which_way_a_limit_changes(
    before: list[Limit], after: list[Limit], way: str | None
) -> None:
    """A limit grows if it ends later for some day and earlier for none."""
    assert trend(before, after) == way
