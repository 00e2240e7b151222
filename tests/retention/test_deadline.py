"""The latest deletion date (semantics §4)."""

import sys
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency import load_policy
from residency.errors import ErrorKind, InputError, MissingExtraError
from residency.retention import Due, DueStatus, due
from tests.policy.documents import FOUR_ZONES

POLICY = load_policy("xmedius")
TERMINATED = "account-termination"
CONTRACT_ENDED = "maintenance-contract-end"
CREATED = "creation"

_DAYS = st.dates(date(1970, 1, 1), date(2200, 1, 1))


def _due(solution: str, category: str, **days: date | None) -> Due:
    events = {name.replace("_", "-"): day for name, day in days.items()}
    return due(POLICY, solution, category, events)


@pytest.mark.parametrize(
    ("solution", "category", "event", "day", "latest"),
    [
        # 90 and 60 days, across a leap day and a common February.
        ("xm-fax", "fax-data", TERMINATED, date(2021, 1, 1), date(2021, 4, 1)),
        ("xm-fax", "fax-data", TERMINATED, date(2024, 1, 1), date(2024, 3, 31)),
        ("xm-connect", "voice-messages", TERMINATED, date(2023, 1, 1), date(2023, 3, 2)),
        ("xm-connect", "voice-messages", TERMINATED, date(2024, 1, 1), date(2024, 3, 1)),
        # A year and seven years, on both sides of 29 February and on it.
        ("xm-fax", "backups", CREATED, date(2023, 2, 28), date(2024, 2, 28)),
        ("xm-fax", "backups", CREATED, date(2024, 2, 28), date(2025, 2, 28)),
        ("xm-fax", "backups", CREATED, date(2024, 2, 29), date(2025, 2, 28)),
        ("xm-fax", "backups", CREATED, date(2024, 3, 1), date(2025, 3, 1)),
        ("billing", "billing-data", TERMINATED, date(2020, 2, 29), date(2027, 2, 28)),
        ("billing", "billing-data", TERMINATED, date(2021, 2, 28), date(2028, 2, 28)),
        ("billing", "billing-data", TERMINATED, date(2021, 3, 1), date(2028, 3, 1)),
    ],
)
def test_one_limit_has_one_latest_day(
    solution: str, category: str, event: str, day: date, latest: date
) -> None:
    """The calendar says when a period ends, and a day that a year lacks ends on the one before."""
    found = due(POLICY, solution, category, {event: day})
    assert found.status is DueStatus.DUE
    assert (found.earliest, found.latest) == (latest, latest)


@given(day=_DAYS)
def test_days_are_days(day: date) -> None:
    """A limit in days ends that many days after its event, whatever lies between."""
    found = due(POLICY, "xm-fax", "fax-data", {TERMINATED: day})
    assert found.latest == day + timedelta(days=90)


@given(day=_DAYS)
def test_years_never_last_longer_than_stated(day: date) -> None:
    """A limit in years ends on the same day of its year, or a day before if there is none."""
    latest = due(POLICY, "billing", "billing-data", {TERMINATED: day}).latest
    assert latest is not None
    assert (latest.year, latest.month) == (day.year + 7, day.month)
    assert latest.day == day.day or (day.month, day.day, latest.day) == (2, 29, 28)


@given(first=_DAYS, second=_DAYS)
def test_a_later_event_never_ends_earlier(first: date, second: date) -> None:
    """The order of events is the order of the days by which their data must be gone."""
    ends = [
        due(POLICY, "xm-fax", "backups", {CREATED: day}).latest for day in sorted((first, second))
    ]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0] <= ends[1]


@pytest.mark.parametrize("category", ["card-data"])
def test_silence_has_no_date(category: str) -> None:
    """Where the policy states no limit there is no date, whatever happened."""
    found = _due("billing", category, account_termination=date(2024, 1, 1))
    assert found.status is DueStatus.NOT_STATED
    assert (found.earliest, found.latest, found.ends) == (None, None, ())


def test_a_living_account_has_no_date() -> None:
    """What runs from an event that has not happened has not begun."""
    found = _due("xm-fax", "fax-data", account_termination=None)
    assert found.status is DueStatus.NOT_STARTED
    assert (found.earliest, found.latest, found.unknown) == (None, None, ())


def test_an_unknown_date_is_not_guessed() -> None:
    """Without the event's date there is no date, and the event is named."""
    found = _due("xm-fax", "fax-data", creation=date(2020, 1, 1))
    assert found.status is DueStatus.UNKNOWN_EVENT_DATE
    assert (found.earliest, found.latest, found.unknown) == (None, None, (TERMINATED,))


class TestAsApplicable:
    """§3.4: 90 days after termination, or two years after the maintenance contract's end."""

    def test_both_dates(self) -> None:
        """With both dates the policy leaves open which limit applies, so both ends are told."""
        found = _due(
            "help-desk",
            "support-tickets",
            account_termination=date(2024, 1, 1),
            maintenance_contract_end=date(2024, 1, 1),
        )
        assert found.status is DueStatus.AS_APPLICABLE
        assert found.earliest == date(2024, 3, 31)
        assert found.latest == date(2026, 1, 1)

    @given(terminated=_DAYS, ended=_DAYS)
    def test_the_earliest_honours_each_limit(self, terminated: date, ended: date) -> None:
        """No limit ends before `earliest`, none after `latest`, and each of them is a limit's."""
        found = _due(
            "help-desk",
            "support-tickets",
            account_termination=terminated,
            maintenance_contract_end=ended,
        )
        by_termination = terminated + timedelta(days=90)
        assert found.ends[0][1] == by_termination
        assert {found.earliest, found.latest} == {day for _, day in found.ends}
        assert found.earliest is not None
        assert found.latest is not None
        assert found.earliest <= by_termination <= found.latest

    def test_no_contract(self) -> None:
        """Where there is known to be no contract that ended, the other limit is the one."""
        found = _due(
            "help-desk",
            "support-tickets",
            account_termination=date(2024, 1, 1),
            maintenance_contract_end=None,
        )
        assert (found.status, found.latest) == (DueStatus.DUE, date(2024, 3, 31))

    def test_a_living_account_whose_contract_ended(self) -> None:
        """Where the account is known to live, two years after the contract's end it is."""
        found = _due(
            "help-desk",
            "support-tickets",
            account_termination=None,
            maintenance_contract_end=date(2024, 2, 29),
        )
        assert (found.status, found.latest) == (DueStatus.DUE, date(2026, 2, 28))

    @pytest.mark.parametrize("known", [TERMINATED, CONTRACT_ENDED])
    def test_one_unknown_date_leaves_all_open(self, known: str) -> None:
        """A limit whose event's date is unknown may end earlier or later: no date is claimed."""
        found = due(POLICY, "help-desk", "support-tickets", {known: date(2024, 1, 1)})
        assert found.status is DueStatus.UNKNOWN_EVENT_DATE
        assert found.unknown == tuple({TERMINATED, CONTRACT_ENDED} - {known})
        assert (found.earliest, found.latest) == (None, None)
        assert len(found.ends) == 1

    def test_limits_that_end_together_are_one(self) -> None:
        """Where both limits end on one day, that is the latest deletion date."""
        found = _due(
            "help-desk",
            "support-tickets",
            account_termination=date(2025, 10, 3),
            maintenance_contract_end=date(2024, 1, 1),
        )
        assert (found.status, found.latest) == (DueStatus.DUE, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ({"termination": date(2024, 1, 1)}, ErrorKind.UNKNOWN),
        ({TERMINATED: "2024-01-01"}, ErrorKind.INVALID_DATE),
        ({TERMINATED: datetime(2024, 1, 1)}, ErrorKind.INVALID_DATE),  # noqa: DTZ001 - naive or not, it is refused
        ({7: date(2024, 1, 1)}, ErrorKind.TYPE),
        ([TERMINATED], ErrorKind.TYPE),
        ({TERMINATED: date(9999, 12, 1)}, ErrorKind.INVALID_DATE),
    ],
)
def test_malformed_events_are_refused(events: dict[str, date | None], kind: ErrorKind) -> None:
    """An event that the policy does not have, or a day that is none, is refused, not ignored."""
    with pytest.raises(InputError) as caught:
        due(POLICY, "xm-fax", "fax-data", events)
    assert caught.value.kind == kind


class _Hostile(dict[str, date | None]):
    def items(self) -> Any:
        raise RuntimeError


class _Liar(str):
    """A text that claims to be an event of the policy."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(TERMINATED)


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (_Hostile(), ErrorKind.TYPE),
        ({_Liar("nothing"): date(2024, 1, 1)}, ErrorKind.UNKNOWN),
        ({"x" * 1_000_000: None}, ErrorKind.UNKNOWN),
        ({"account\u2010termination": None}, ErrorKind.UNKNOWN),
    ],
)
def test_hostile_events_are_refused(events: dict[str, date | None], kind: ErrorKind) -> None:
    """A mapping that fails, and a text that only claims to be an event, get a typed error."""
    with pytest.raises(InputError) as caught:
        due(POLICY, "xm-fax", "fax-data", events)
    assert caught.value.kind == kind
    assert len(str(caught.value)) < 1000


def test_years_beyond_the_calendar_are_refused() -> None:
    """A period in years that ends after the year 9999 is refused too."""
    with pytest.raises(
        InputError,
        match="7 years after account-termination on 9995-01-01 lies beyond the year 9999",
    ):
        due(POLICY, "billing", "billing-data", {TERMINATED: date(9995, 1, 1)})


@pytest.mark.parametrize(
    ("day", "latest"),
    [
        (date(2023, 8, 30), date(2024, 2, 29)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2023, 9, 1), date(2024, 3, 1)),
        (date(2024, 8, 31), date(2025, 2, 28)),
    ],
)
def test_months_are_calendar_months(day: date, latest: date) -> None:
    """Six months end on the same day of the month, or on the last one of a month without it."""
    found = due(load_policy(FOUR_ZONES), "mailroom", "letters", {CREATED: day})
    assert found.latest == latest


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without python-dateutil a date is refused with the extra to install; silence needs none."""
    monkeypatch.setitem(sys.modules, "dateutil.relativedelta", None)
    with pytest.raises(MissingExtraError, match=r"residency\[retention\]"):
        due(POLICY, "xm-fax", "fax-data", {TERMINATED: date(2024, 1, 1)})
    assert due(POLICY, "billing", "card-data", {}).status is DueStatus.NOT_STATED
