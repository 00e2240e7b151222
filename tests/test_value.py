"""Values: equal, hashed and shown by their fields."""

import pickle
from datetime import date

import pytest
from attrs import evolve, field, frozen

from residency.consent import CacheStatistics
from residency.geography import Interval
from residency.value import Value

SPAN = Interval(date(2019, 1, 1), None, "a treaty")


@frozen(slots=True, eq=False, repr=False)
class Pair(Value):
    """A value with a field that does not count, and one that does not show."""

    counted: object
    seen: str = field(default="", eq=False)
    hidden: str = field(default="", repr=False)


@frozen(slots=True, eq=False, repr=False)
class Twin(Value):
    """Another class with the same fields."""

    counted: object
    seen: str = field(default="", eq=False)
    hidden: str = field(default="", repr=False)


@frozen
class Compiled:
    """What attrs itself makes of such fields."""

    counted: object
    seen: str = field(default="", eq=False)
    hidden: str = field(default="", repr=False)


def test_equal_fields_make_equal_values() -> None:
    """Values are equal, and hash alike, if each field that counts is equal."""
    assert Pair(1, "a", "b") == Pair(1, "other", "b")
    assert hash(Pair(1, "a", "b")) == hash(Pair(1, "other", "b"))
    assert hash(Pair(1, "a", "b")) != hash(Twin(1, "a", "b"))
    assert len({SPAN, evolve(SPAN), evolve(SPAN, basis="another")}) == 2


@pytest.mark.parametrize(
    "other", [Pair(2, "a", "b"), Pair(1, "a", "c"), Twin(1, "a", "b"), 1, None]
)
def test_any_other_field_or_class_makes_another_value(other: object) -> None:
    """A value differs from one with another field that counts, and from every other class."""
    assert Pair(1, "a", "b") != other
    assert other != Pair(1, "a", "b")


def test_what_cannot_be_hashed_is_refused() -> None:
    """A value that holds what cannot be hashed cannot be hashed either."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(Pair([]))


def test_a_value_is_shown_as_attrs_would() -> None:
    """The fields are shown by name, but for those that are hidden."""
    shown = repr(Compiled("x", "y", "z"))
    assert repr(Pair("x", "y", "z")) == shown.replace("Compiled", "Pair")
    assert shown == "Compiled(counted='x', seen='y')"


def test_a_value_is_pickled_and_read_back() -> None:
    """A value that is read back is equal."""
    statistics = CacheStatistics(hits=1, misses=2, evictions=3, size=4, bound=5)
    assert pickle.loads(pickle.dumps(statistics)) == statistics
