"""Errors: one line, the value kept, nothing smuggled into a log."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from residency.errors import ErrorKind, InputError, PolicyError, ResidencyError, quote, quote_type


@for_all(st.text())
def test_a_quotation_is_one_printable_line(text: str) -> None:
    """Whatever is quoted, the quotation prints, on one line, and closes where it says it does."""
    shown = quote(text)
    assert shown.isprintable()
    assert shown.startswith("`")
    assert shown.endswith("`")
    assert "`" not in shown[1:-1]
    assert len(shown) <= 2 + 60 * len("\\U0010ffff") + 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Germany", "`Germany`"),
        ("a\nb", "`a\\nb`"),
        ("\u202eabc", "`\\u202eabc`"),
        ("\u2028", "`\\u2028`"),
        ("\ud800", "`\\ud800`"),
        ("`", "`\\x60`"),
        ("x" * 60, f"`{'x' * 60}`"),
        ("x" * 61, f"`{'x' * 60}…`"),
    ],
)
def test_what_could_break_a_line_is_escaped(text: str, shown: str) -> None:
    """Line breaks, reordering marks and surrogates are escapes; long text is cut with a sign."""
    assert quote(text) == shown


def test_a_value_that_is_no_text_is_named_by_its_type() -> None:
    """The value's own repr, which may say or do anything, is never run."""

    class Hostile:
        def __repr__(self) -> str:
            raise AssertionError

    assert quote(Hostile()) == quote_type(Hostile()) == "`Hostile`"
    assert quote(None) == "`NoneType`"


def test_an_error_keeps_what_it_is_about() -> None:
    """Kind, value and suggestions stay with the error, and its message is what it prints."""
    error = InputError("say it again", kind=ErrorKind.UNKNOWN, value=7, suggestions=("DE",))
    assert (error.kind, error.value, error.suggestions) == ("UNKNOWN", 7, ("DE",))
    assert error.message == str(error) == "say it again"
    assert isinstance(error, ResidencyError)
    assert isinstance(error, ValueError)


def test_an_error_survives_pickling() -> None:
    """A refusal raised in a worker process reaches its parent whole."""
    error = PolicyError("zones[0]: wrong", key_path="zones[0]", value=7, suggestions=("EU",))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is PolicyError
    assert (again.key_path, again.kind, again.value, again.suggestions, str(again)) == (
        "zones[0]",
        ErrorKind.INVALID_POLICY,
        7,
        ("EU",),
        "zones[0]: wrong",
    )


def test_a_policy_error_names_the_key_path() -> None:
    """The place in the document stays with the error."""
    assert PolicyError("zones[0]: wrong", key_path="zones[0]").key_path == "zones[0]"
