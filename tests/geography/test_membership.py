"""Dated membership, both sides of every change, with the dates as the law writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.errors import ErrorKind, InputError
from residency.geography import MEMBERSHIPS, TERRITORIES, Interval, Memberships, Territory
from tests.geography.countries import words

_DAY = timedelta(days=1)

# Treaty or act of accession, or decision of the European Council: its date of effect.
_JOINED = {
    date(1958, 1, 1): "BE DE FR IT LU NL GF GP MQ RE MF BL",
    date(1973, 1, 1): "DK IE GB GI",
    date(1981, 1, 1): "GR",
    date(1986, 1, 1): "ES PT",
    date(1995, 1, 1): "AT FI SE AX",
    date(2004, 5, 1): "CY CZ EE HU LT LV MT PL SI SK",
    date(2007, 1, 1): "BG RO",
    date(2013, 7, 1): "HR",
    date(2014, 1, 1): "YT",  # 2012/419/EU
}
_LEFT = {
    date(2012, 1, 1): "BL",  # 2010/718/EU
    date(2020, 2, 1): "GB GI",  # TEU 50
}
_MEMBER_STATES = words(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
)
_OF_A_MEMBER_STATE = words("AX BL GF GI GP MF MQ RE YT")

joined = pytest.mark.parametrize(
    ("code", "day"), [(code, day) for day, codes in _JOINED.items() for code in codes.split()]
)
left = pytest.mark.parametrize(
    ("code", "day"), [(code, day) for day, codes in _LEFT.items() for code in codes.split()]
)


def _is_member(code: str, day: date) -> bool:
    return MEMBERSHIPS.is_member("EU", Territory(code), day)


def _members(day: date) -> set[str]:
    return {code for code in TERRITORIES if _is_member(code, day)}


def _memberships(*spans: tuple[date, date | None]) -> Memberships:
    intervals = tuple(Interval(start, end, "a treaty") for start, end in spans)
    return Memberships({"U": {Territory("FR"): intervals}})


class TestEuropeanUnion:
    @joined
    def test_membership_begins_on_the_day_of_effect(self, code: str, day: date) -> None:
        """A territory is no member on the day before its accession and is one on the day."""
        assert not _is_member(code, day - _DAY)
        assert _is_member(code, day)
        assert _is_member(code, day + _DAY)

    @left
    def test_membership_ends_before_the_day_of_effect(self, code: str, day: date) -> None:
        """A territory is a member until the day before it leaves and none from that day on."""
        assert _is_member(code, day - _DAY)
        assert not _is_member(code, day)
        assert not _is_member(code, date.max)

    def test_nobody_else_ever_belonged(self) -> None:
        """Only territories that the treaties name have intervals, and each has exactly one."""
        named = {code for codes in _JOINED.values() for code in codes.split()}
        assert set(MEMBERSHIPS.unions["EU"]) == named
        assert {len(spans) for spans in MEMBERSHIPS.unions["EU"].values()} == {1}

    @pytest.mark.parametrize(
        "code",
        words("IS LI NO CH SJ MC SM VA AD XK NC PF PM WF TF AW CW SX BQ GL FO IM JE GG TR UA"),
    )
    def test_ties_are_no_membership(self, code: str) -> None:
        """Neither the EEA, nor a customs tie, nor a link with a member state is EU territory."""
        assert not any(
            _is_member(code, day + step) for day in MEMBERSHIPS.boundaries for step in (-_DAY, _DAY)
        )

    @pytest.mark.parametrize(
        ("day", "states"),
        [
            (date(1957, 12, 31), 0),
            (date(1958, 1, 1), 6),
            (date(1973, 1, 1), 9),
            (date(1981, 1, 1), 10),
            (date(1986, 1, 1), 12),
            (date(1995, 1, 1), 15),
            (date(2004, 5, 1), 25),
            (date(2007, 1, 1), 27),
            (date(2013, 7, 1), 28),
            (date(2020, 1, 31), 28),
            (date(2020, 2, 1), 27),
        ],
    )
    def test_the_number_of_member_states(self, day: date, states: int) -> None:
        """The Union had six, nine, ten, twelve, fifteen, 25, 27, 28 and again 27 member states."""
        assert len(_members(day) - set(_OF_A_MEMBER_STATE)) == states

    def test_the_members_today(self) -> None:
        """The members since 2020-02-01 are the 27 states and their territories in the Union."""
        today = {*_MEMBER_STATES, *_OF_A_MEMBER_STATE} - {"BL", "GI"}
        assert _members(date(2020, 2, 1)) == today
        assert _members(date.max) == today

    def test_the_boundaries(self) -> None:
        """The boundaries are exactly the days on which membership changed, in order."""
        assert MEMBERSHIPS.boundaries == tuple(sorted({*_JOINED, *_LEFT}))

    @pytest.mark.parametrize(
        ("code", "law"),
        [
            ("BL", "2010/718/EU"),
            ("YT", "2012/419/EU"),
            ("GB", "TEU 50"),
            ("GI", "TEU 50"),
            ("AX", "TFEU 355(4)"),
            ("RE", "TFEU 349"),
            ("CY", "Protocol 10"),
            ("HR", "Treaty of Accession 2011"),
            ("FR", "TEU 52"),
        ],
    )
    def test_the_law_is_cited(self, code: str, law: str) -> None:
        """An interval names the treaty, act or decision that it rests on."""
        (span,) = MEMBERSHIPS.unions["EU"][Territory(code)]
        assert law in span.basis

    def test_each_interval_has_a_basis(self) -> None:
        """No interval stands without its law."""
        spans = [span for spans in MEMBERSHIPS.unions["EU"].values() for span in spans]
        assert all(span.basis for span in spans)


class TestEra:
    @pytest.mark.parametrize(
        ("day", "era"),
        [
            (date.min, 0),
            (date(1957, 12, 31), 0),
            (date(1958, 1, 1), 1),
            (date(2020, 1, 31), 10),
            (date(2020, 2, 1), 11),
            (date.max, 11),
        ],
    )
    def test_an_era_begins_on_the_day_of_change(self, day: date, era: int) -> None:
        """The era counts the changes up to and including the day."""
        assert MEMBERSHIPS.era(day) == era

    @given(st.dates(), st.dates())
    def test_membership_is_constant_within_an_era(self, one: date, other: date) -> None:
        """Two days of one era have the same members; of two eras, not the same."""
        assert (MEMBERSHIPS.era(one) == MEMBERSHIPS.era(other)) == (
            _members(one) == _members(other)
        )


class TestMemberships:
    def test_a_territory_may_return(self) -> None:
        """A territory with several intervals belongs in each of them and not between them."""
        memberships = _memberships(
            (date(2000, 1, 1), date(2001, 1, 1)), (date(2002, 1, 1), date(2003, 1, 1))
        )
        belongs = [
            memberships.is_member("U", Territory("FR"), date(year, 6, 1))
            for year in range(1999, 2004)
        ]
        assert belongs == [False, True, False, True, False]

    def test_intervals_may_touch(self) -> None:
        """An interval may begin on the day on which the one before it ends."""
        memberships = _memberships((date(2000, 1, 1), date(2001, 1, 1)), (date(2001, 1, 1), None))
        assert memberships.is_member("U", Territory("FR"), date(2001, 1, 1))

    @pytest.mark.parametrize(
        "spans",
        [
            [(date(2000, 1, 1), date(2000, 1, 1))],
            [(date(2000, 1, 2), date(2000, 1, 1))],
            [(date(2000, 1, 1), date(2002, 1, 1)), (date(2001, 1, 1), None)],
            [(date(2002, 1, 1), None), (date(2000, 1, 1), date(2001, 1, 1))],
            [(date(2000, 1, 1), None), (date(2001, 1, 1), None)],
        ],
        ids=["empty", "backwards", "overlapping", "out of order", "two without end"],
    )
    def test_contradictory_intervals_are_refused(
        self, spans: list[tuple[date, date | None]]
    ) -> None:
        """Empty, overlapping and unordered intervals are refused, naming union and territory."""
        with pytest.raises(InputError, match=r"U\.FR") as refusal:
            _memberships(*spans)
        assert refusal.value.kind is ErrorKind.CONFLICT

    def test_an_unknown_union_is_refused(self) -> None:
        """Asking for a union that is not there is an error, not a silent no."""
        with pytest.raises(InputError, match="EU") as refusal:
            MEMBERSHIPS.is_member("UE", Territory("FR"), date(2020, 1, 1))
        assert refusal.value.kind is ErrorKind.UNKNOWN
        assert refusal.value.suggestions == ("EU",)

    @pytest.mark.parametrize("moment", [datetime(2020, 2, 1, tzinfo=UTC), "2020-02-01", None])
    def test_only_a_calendar_day_is_a_day(self, moment: object) -> None:
        """A moment, whose day depends on a time zone, and anything but a date are refused."""
        with pytest.raises(InputError):
            MEMBERSHIPS.is_member("EU", Territory("FR"), moment)  # type: ignore[arg-type]  # the test
        with pytest.raises(InputError):
            MEMBERSHIPS.era(moment)  # type: ignore[arg-type]  # the test

    def test_equal_data_is_equal(self) -> None:
        """Memberships of the same data are equal, whatever the order it was given in."""
        span = (Interval(date(2000, 1, 1), None, "a treaty"),)
        france, germany = Territory("FR"), Territory("DE")
        one = Memberships({"U": {france: span, germany: span}, "V": {france: span}})
        other = Memberships({"V": {france: span}, "U": {germany: span, france: span}})
        assert one == other
        assert hash(one) == hash(other)

    @pytest.mark.parametrize(
        "unions",
        [
            {},
            {"U": {}},
            {"V": {"FR": (Interval(date(2000, 1, 1), None, "a treaty"),)}},
            {"U": {"DE": (Interval(date(2000, 1, 1), None, "a treaty"),)}},
            {"U": {"FR": (Interval(date(2000, 1, 2), None, "a treaty"),)}},
            {"U": {"FR": (Interval(date(2000, 1, 1), date(2001, 1, 1), "a treaty"),)}},
            {"U": {"FR": (Interval(date(2000, 1, 1), None, "a decision"),)}},
        ],
    )
    def test_the_revision_names_the_data(
        self, unions: dict[str, dict[Territory, tuple[Interval, ...]]]
    ) -> None:
        """Any other union, territory, day or basis gives another revision."""
        assert Memberships(unions).revision != _memberships((date(2000, 1, 1), None)).revision

    def test_memberships_cannot_be_changed(self) -> None:
        """Neither the value nor the caller's own mapping can change a membership afterwards."""
        given_unions = {"U": {Territory("FR"): (Interval(date(2000, 1, 1), None, "a treaty"),)}}
        memberships = Memberships(given_unions)
        given_unions["U"].clear()
        assert memberships.is_member("U", Territory("FR"), date(2000, 1, 1))
        with pytest.raises(TypeError):
            memberships.unions["U"][Territory("DE")] = ()  # type: ignore[index]  # the test

    @given(st.dates(), st.dates(), st.dates())
    def test_intervals_are_half_open(self, start: date, end: date, day: date) -> None:
        """An interval holds its first day and every day before its end, and no other."""
        assert (day in Interval(start, end, "a treaty")) == (start <= day < end)
        assert (day in Interval(start, None, "a treaty")) == (start <= day)
