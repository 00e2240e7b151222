"""The checks of what callers pass: each kind of refusal, and what passes unchanged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from residency.checks import (
    items_of,
    require_callable,
    require_date,
    require_instance,
    require_moment,
    require_text,
    require_texts,
)
from residency.errors import ConsentError, ErrorKind, InputError


class _Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class _Day(date):
    def __lt__(self, other: date, /) -> bool:
        raise RuntimeError(other)


class _Moment(datetime):
    def astimezone(self, tz: tzinfo | None = None) -> _Moment:
        raise RuntimeError(tz)


class _BrokenZone(tzinfo):
    def utcoffset(self, dt: datetime | None, /) -> timedelta | None:
        raise RuntimeError(dt)

    def tzname(self, dt: datetime | None, /) -> str | None:
        raise RuntimeError(dt)

    def dst(self, dt: datetime | None, /) -> timedelta | None:
        raise RuntimeError(dt)


class _BrokenList(list[str]):
    def __iter__(self) -> object:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] - it is broken
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, ErrorKind.TYPE),
        (b"a", ErrorKind.TYPE),
        (float("nan"), ErrorKind.TYPE),
        ("", ErrorKind.EMPTY),
        ("   ", ErrorKind.EMPTY),
        ("a" * 257, ErrorKind.TOO_LONG),
        ("a\nb", ErrorKind.INVALID_CHAR),
        ("a\u200b", ErrorKind.INVALID_CHAR),
        ("\ud800", ErrorKind.INVALID_CHAR),
    ],
)
def test_text_that_is_not_fit_is_refused(value: object, kind: ErrorKind) -> None:
    """Each way in which a text is of no use has its kind, and the error class asked for."""
    with pytest.raises(ConsentError) as refused:
        require_text(value, "the text", error=ConsentError)
    assert refused.value.kind is kind
    assert "\n" not in refused.value.message


def test_text_is_returned_plain() -> None:
    """A subclass of str gives its characters, whatever it says of itself; 256 are allowed."""
    assert type(require_text(_Text("acme"), "the text")) is str
    assert require_text(_Text("acme"), "the text") == "acme"
    assert require_text("a" * 256, "the text") == "a" * 256


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("EU", ErrorKind.TYPE),
        (None, ErrorKind.TYPE),
        ({"EU": 1}, ErrorKind.TYPE),
        (_BrokenList(["EU"]), ErrorKind.TYPE),
        ((), ErrorKind.EMPTY),
        ([str(n) for n in range(257)], ErrorKind.TOO_LARGE),
        (["EU", None], ErrorKind.TYPE),
    ],
)
def test_a_set_of_texts_that_is_none_is_refused(value: object, kind: ErrorKind) -> None:
    """A single text is not read as its characters, and each text in a set is checked."""
    with pytest.raises(InputError) as refused:
        require_texts(value, "the texts", error=InputError)
    assert refused.value.kind is kind


@pytest.mark.parametrize("value", [["a", "b"], ("a", "b", "a"), {"a", "b"}, frozenset("ab")])
def test_a_collection_of_texts_becomes_a_set(value: object) -> None:
    """A list, tuple or set of texts is taken as the set of them."""
    assert require_texts(value, "the texts", error=InputError) == {"a", "b"}
    assert sorted(str(item) for item in set(items_of(value) or ())) == ["a", "b"]


@pytest.mark.parametrize("value", [None, "2021-03-01", 7, datetime(2021, 3, 1, tzinfo=UTC)])
def test_a_day_is_a_date_and_no_moment(value: object) -> None:
    """A moment is no day, for its day depends on a time zone."""
    with pytest.raises(InputError) as refused:
        require_date(value, "the day")
    assert refused.value.kind is ErrorKind.INVALID_DATE


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, ErrorKind.TYPE),
        (date(2021, 3, 1), ErrorKind.TYPE),
        (datetime(2021, 3, 1), ErrorKind.NAIVE_TIME),  # noqa: DTZ001 - naive is what is tested
        (datetime(2021, 3, 1, tzinfo=_BrokenZone()), ErrorKind.INVALID_DATE),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), ErrorKind.INVALID_DATE),
    ],
)
def test_a_moment_has_a_time_zone_that_works(value: object, kind: ErrorKind) -> None:
    """A naive moment, one outside the calendar in UTC, and a failing time zone are refused."""
    with pytest.raises(InputError) as refused:
        require_moment(value, "the moment")
    assert refused.value.kind is kind
    assert refused.value.value is value


def test_a_moment_is_returned_in_utc() -> None:
    """Noon in Paris in summer is ten o'clock in UTC."""
    paris = datetime(2021, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    moment = require_moment(paris, "the moment")
    assert moment == paris
    assert moment.isoformat() == "2021-07-01T10:00:00+00:00"


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    """When the clocks go back, the second half past two is an hour after the first, in UTC."""
    twice = datetime(2021, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))
    moments = [require_moment(twice.replace(fold=fold), "the moment") for fold in (0, 1)]
    assert [moment.hour for moment in moments] == [0, 1]
    # UTC has no such hour.
    assert [moment.fold for moment in moments] == [0, 0]


def test_a_subclass_of_a_date_is_taken_by_its_day() -> None:
    """A subclass may compare as it likes: the plain day, and the plain moment, are kept."""
    assert type(require_date(_Day(2021, 3, 1), "the day")) is date
    assert require_date(_Day(2021, 3, 1), "the day") == date(2021, 3, 1)
    moment = require_moment(_Moment(2021, 3, 1, tzinfo=UTC), "the moment")
    assert type(moment) is datetime
    assert moment == datetime(2021, 3, 1, tzinfo=UTC)


def test_an_instance_and_a_function_are_required() -> None:
    """What is of another type, or cannot be called, is refused by name."""
    assert require_instance(7, int, "the number") == 7
    assert require_callable(len, "the clock") is len
    with pytest.raises(InputError, match="the number is a `str`"):
        require_instance("7", int, "the number")
    with pytest.raises(InputError, match="the clock is a `int`"):
        require_callable(7, "the clock")


def test_the_longest_text_is_refused_for_what_is_wrong_with_it() -> None:
    """256 characters are not too many: one that does not print is what has to go."""
    with pytest.raises(InputError) as raised:
        require_text("a" * 255 + "\n", "the text")
    assert raised.value.kind is ErrorKind.INVALID_CHAR


def test_no_moment_in_utc_comes_twice() -> None:
    """What is told of a second coming of an hour is dropped: UTC has none (PEP 495)."""
    assert require_moment(datetime(2024, 5, 1, 12, tzinfo=UTC, fold=1), "the moment").fold == 0
