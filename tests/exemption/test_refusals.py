"""A malformed invocation is refused when it is made, before anything is decided."""

from __future__ import annotations

from typing import Any

import pytest

from residency import Context, Guard, Router
from residency.errors import CountryError, InputError, ResidencyError
from residency.exemption import Invocation
from tests.exemption.claims import NOW, POLICY
from tests.refusals import refused, told

# The classes as they are, for calls that a type checker would refuse too.
_CONTEXT: Any = Context
_GUARD: Any = Guard
_INVOCATION: Any = Invocation

_NAIVE = NOW.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("changes", "error", "kind", "value", "what"),
    [
        ({"exemption": ""}, InputError, "EMPTY", "", "the exemption"),
        ({"exemption": None}, InputError, "TYPE", None, "the exemption"),
        ({"personnel": "Europe"}, CountryError, "NOT_A_COUNTRY", "Europe", "country"),
        ({"personnel": ["US", ""]}, CountryError, "EMPTY", "", "country"),
        ({"personnel": ["DE"] * 257}, InputError, "TOO_LARGE", ["DE"] * 257, "the personnel"),
        ({"personnel": None}, CountryError, "TYPE", None, "country"),
        ({"provider": ""}, InputError, "EMPTY", "", "provider"),
        ({"provider": " "}, InputError, "EMPTY", " ", "provider"),
        ({"reference": 7}, InputError, "TYPE", 7, "reference"),
        ({"safeguards": "a\n"}, InputError, "INVALID_CHAR", "a\n", "safeguards"),
        ({"handling": 1}, InputError, "TYPE", 1, "handling"),
        ({"handling": "yes"}, InputError, "TYPE", "yes", "handling"),
        ({"valid_from": _NAIVE}, InputError, "NAIVE_TIME", _NAIVE, "valid_from"),
        ({"valid_from": "now"}, InputError, "TYPE", "now", "valid_from"),
        ({"valid_until": "now"}, InputError, "TYPE", "now", "valid_until"),
        ({"valid_from": NOW, "valid_until": NOW}, InputError, "CONFLICT", NOW, "valid_until"),
    ],
)
def test_it_is_refused_with_what_is_wrong(
    changes: dict[str, object], error: type[ResidencyError], kind: str, value: object, what: str
) -> None:
    """An invocation tells which of its parts is refused, why, and what it was."""
    fields = {"exemption": "PERSONNEL"}
    assert told(lambda: _INVOCATION(**fields | changes)) == (error, kind, value)
    assert str(refused(lambda: _INVOCATION(**fields | changes))).startswith(f"{what} ")


def test_personnel_may_be_in_as_many_countries_as_is_said() -> None:
    """256 countries are taken, each once, by their codes."""
    assert Invocation("PERSONNEL", personnel=["DE", *["France"] * 255]).personnel == ("DE", "FR")


def test_a_name_alone_is_no_invocation() -> None:
    """A context takes an invocation, and a guard a yes or no."""
    told_by_context = told(lambda: _CONTEXT(exemption="PERSONNEL"))
    assert told_by_context == (InputError, "TYPE", "PERSONNEL")
    assert told(lambda: _GUARD(Router(POLICY), exemptions="off")) == (InputError, "TYPE", "off")
