"""Every retention that grows or shrinks is listed."""

from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from residency import load_policy
from residency.comparison import RetentionChange, Trend, compare
from residency.comparison.retentions import retention_changes
from residency.policy import RetentionLimit, RetentionUnit, read_policy
from residency.retention import due
from tests.comparison.documents import OLD, compared, edited
from tests.policy.documents import BUNDLED

_FAX = 'retention = [{ amount = 90, unit = "days", after = "account-termination" }]'
_TICKETS = """retention = [
  { amount = 90, unit = "days", after = "account-termination" },
  { amount = 2, unit = "years", after = "maintenance-contract-end" },
]"""


def _limit(amount: int, unit: str, after: str = "account-termination") -> str:
    return f'retention = [{{ amount = {amount}, unit = "{unit}", after = "{after}" }}]'


def _change(before: str, after: str, solution: str = "xm-fax") -> RetentionChange | None:
    changes = [
        change
        for change in retention_changes(OLD, edited((before, after)))
        if change.solution == solution
    ]
    return changes[0] if changes else None


@pytest.mark.parametrize(
    ("amount", "unit", "after", "trend"),
    [
        (91, "days", "account-termination", Trend.GROWS),
        (89, "days", "account-termination", Trend.SHRINKS),
        # From 1 December to 28 February it is 89 days and three months less a day; from 1 June to
        # 1 September 92.
        (3, "months", "account-termination", Trend.UNCLEAR),
        (2, "months", "account-termination", Trend.SHRINKS),
        (4, "months", "account-termination", Trend.GROWS),
        (1, "years", "account-termination", Trend.GROWS),
        (90, "days", "creation", Trend.UNCLEAR),
        (1, "days", "creation", Trend.UNCLEAR),
    ],
)
def test_one_limit(amount: int, unit: str, after: str, trend: Trend) -> None:
    """A limit grows if data may be kept longer, shrinks if it may not, and else is unclear."""
    change = _change(_FAX, _limit(amount, unit, after))
    assert change is not None
    assert (change.category, change.trend) == ("fax-data", trend)
    assert change.raises_risk is (trend is not Trend.SHRINKS)


@pytest.mark.parametrize(
    ("unit", "amount", "trend"),
    [
        # A year has 365 or 366 days, so each of these is at least as long as the other at times.
        ("days", 364, Trend.SHRINKS),
        ("days", 365, Trend.SHRINKS),
        ("days", 366, Trend.GROWS),
        ("months", 11, Trend.SHRINKS),
        ("months", 12, None),
        ("months", 13, Trend.GROWS),
        ("years", 2, Trend.GROWS),
    ],
)
def test_a_year(unit: str, amount: int, trend: Trend | None) -> None:
    """A year is twelve months, and at least 365 days and at most 366."""
    one_year = _limit(1, "years", "creation")
    change = _change(one_year, _limit(amount, unit, "creation"))
    assert (change and change.trend) == trend


def test_silence() -> None:
    """A limit that is no longer stated grows; one that is stated now shrinks."""
    silent = _change(_FAX, "")
    assert silent is not None
    assert (silent.after, silent.trend) == ((), Trend.GROWS)
    text = BUNDLED.read_text(encoding="utf-8").replace(_FAX, "")
    back = compare(read_policy(text.encode()), OLD).changes
    assert {c.trend for c in back if isinstance(c, RetentionChange)} == {Trend.SHRINKS}


def test_several_limits() -> None:
    """Where several limits apply, each of them counts, and one that is new or gone is unclear."""
    for after, trend in (
        (_TICKETS.replace("90", "91"), Trend.GROWS),
        (_TICKETS.replace("90", "91").replace("amount = 2", "amount = 1"), Trend.UNCLEAR),
        (_TICKETS.replace("90", "30").replace("amount = 2", "amount = 1"), Trend.SHRINKS),
        (_limit(90, "days"), Trend.UNCLEAR),
        (_TICKETS.replace("maintenance-contract-end", "account-termination"), Trend.UNCLEAR),
        (_TICKETS.replace('2, unit = "years"', '24, unit = "months"'), None),
    ):
        change = _change(_TICKETS, after, "help-desk")
        assert (change and change.trend) == trend


def test_categories_that_come_and_go() -> None:
    """A category that is gone takes its limit with it; a new one of an old solution is unclear."""
    table = '[[solutions.data]]\nid = "fax-data"'
    changes = compared((table, table.replace("fax-data", "faxes"))).changes
    trends = {c.category: c.trend for c in changes if isinstance(c, RetentionChange)}
    assert trends == {"fax-data": Trend.GROWS, "faxes": Trend.UNCLEAR}


def test_a_category_without_a_limit_leaves_nothing_behind() -> None:
    """Where nothing was stated, a category that is gone changes nothing."""
    table = '[[solutions.data]]\nid = "card-data"\nname = "credit card data"\nclause = "§3.4"\n'
    assert compared((table, "")).changes == ()


def test_a_new_solution_has_no_old_retention() -> None:
    """The categories of a solution that is new are no change of what was kept."""
    changes = compared(('id = "xm-connect"', 'id = "xm-voice"')).changes
    listed = [c for c in changes if isinstance(c, RetentionChange)]
    assert {c.solution for c in listed} == {"xm-connect"}
    assert {c.trend for c in listed} == {Trend.GROWS}


@given(
    st.integers(1, 100),
    st.sampled_from(RetentionUnit),
    st.dates(date(1990, 1, 1), date(2400, 1, 1)),
)
def test_the_trend_is_true_of_each_day(amount: int, unit: RetentionUnit, day: date) -> None:
    """No deletion date of a limit that shrinks is later than before, nor any other way round."""
    solution = OLD.solutions["xm-fax"]
    limits = (RetentionLimit(amount, unit, "account-termination"),)
    category = evolve(solution.categories[0], retention=limits)
    new = evolve(OLD, solutions={"xm-fax": evolve(solution, categories=(category,))})
    trends = [c.trend for c in retention_changes(OLD, new) if c.category == "fax-data"]
    latest = due(new, "xm-fax", "fax-data", {"account-termination": day}).latest
    assert latest is not None
    before = day + timedelta(days=90)
    allowed: dict[tuple[Trend, ...], tuple[int, ...]] = {
        (): (0,),
        (Trend.GROWS,): (0, 1),
        (Trend.SHRINKS,): (0, -1),
        (Trend.UNCLEAR,): (0, 1, -1),
    }
    assert (latest > before) - (latest < before) in allowed[tuple(trends)]


def test_the_bundled_policy_is_one() -> None:
    """The edits above are made to the policy that they are compared with."""
    assert load_policy("xmedius").reference == OLD.reference
