"""What a refused country tells a person: the text, what is wrong with it, and what was meant."""

import pytest

from tests.geography.countries import refusal_of

_ADVICE = "give an ISO 3166-1 code or the country's English name"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Ruritania", f"country `Ruritania` is not known: {_ADVICE}"),
        ("Ⅵ", f"country `Ⅵ` only resembles a code: {_ADVICE}"),
        ("Germny", f"country `Germny` is not known: {_ADVICE} (perhaps DE)"),
        ("Congo", "country `Congo` may mean several territories: say which one (perhaps CG, CD)"),
        ("US-CA", "country `US-CA` is a part of a country: give the country (perhaps US)"),
        ("F\tR", "country `F\\tR` holds the character U+0009: remove it"),
        ("x" * 257, f"country `{'x' * 60}…` has 257 characters, more than 256: {_ADVICE}"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_was_meant(text: str, message: str) -> None:
    """The message is one line, suggests what the error suggests, and the error keeps the text."""
    refusal = refusal_of(text)
    assert str(refusal) == message
    assert refusal.value == text
