"""What is refused before it is looked up: no text, too long, empty, or with unseen characters."""

from unittest.mock import Mock

import pytest

from residency.errors import ErrorKind
from tests.geography.countries import (
    read,
    refusal_of,
)


class TestType:
    @pytest.mark.parametrize(
        "value",
        [None, False, True, 0, 250, 1.5, float("nan"), b"FR", bytearray(b"FR"), ["FR"], {"FR"}, {}],
        ids=repr,
    )
    def test_only_text_is_read(self, value: object) -> None:
        """Whatever is not text is refused, and kept in the error."""
        refusal = refusal_of(value)
        assert refusal.kind is ErrorKind.TYPE
        assert refusal.value is value

    @pytest.mark.parametrize(
        ("value", "cause"), [(False, "YAML"), (float("nan"), "pandas"), (250, "text")]
    )
    def test_the_usual_cause_is_named(self, value: object, cause: str) -> None:
        """YAML's unquoted NO and the missing value of pandas are explained."""
        assert cause in str(refusal_of(value))

    def test_what_only_claims_to_be_text_is_refused(self) -> None:
        """An object that lies about its class is refused, and none of its methods is called."""
        impostor = Mock(spec=str)
        assert isinstance(impostor, str)
        assert read(impostor) is ErrorKind.TYPE
        assert impostor.mock_calls == []

    def test_a_hostile_type_name_is_escaped(self) -> None:
        """A line break in the name of a type does not reach the message."""
        assert "\n" not in str(refusal_of(type("a\nb", (), {})()))


class TestLength:
    @pytest.mark.parametrize("text", ["x" * 257, " " * 257, "\u0300" * 100_000, "FR" + " " * 255])
    def test_the_raw_text_is_measured_first(self, text: str) -> None:
        """More than 256 characters are refused before anything else is done with them."""
        assert read(text) is ErrorKind.TOO_LONG

    def test_256_characters_are_read(self) -> None:
        """A text of exactly 256 characters is read."""
        assert read("FR" + " " * 254) == "FR"
        assert read("x" * 256) is ErrorKind.UNKNOWN


class TestEmpty:
    @pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u00a0", "\u3000\u2028\u2029\x85"])
    def test_nothing_but_white_space_is_empty(self, text: str) -> None:
        """A text of nothing or white space alone is empty."""
        assert read(text) is ErrorKind.EMPTY


class TestInvalidCharacters:
    @pytest.mark.parametrize(
        ("text", "character"),
        [
            ("\ufeffFR", "U+FEFF"),
            ("FR\ufeff", "U+FEFF"),
            ("\u200bFR", "U+200B"),
            ("FR\u200b", "U+200B"),
            ("F\u00adR", "U+00AD"),
            ("\u202eRF", "U+202E"),
            ("FR\u2066", "U+2066"),
            ("FR\x00", "U+0000"),
            ("F\tR", "U+0009"),
            ("France\nGermany", "U+000A"),
            ("France\u2028Germany", "U+2028"),
            ("\ud800", "U+D800"),
            ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "U+E0067"),
            ("F\ufe0fR", "U+FE0F"),
            ("\u3164FR", "U+3164"),
        ],
    )
    def test_unseen_characters_are_refused_by_name(self, text: str, character: str) -> None:
        """A character that no one sees is refused, inside or at an end, and named by its number."""
        refusal = refusal_of(text)
        assert refusal.kind is ErrorKind.INVALID_CHAR
        assert character in str(refusal)
        assert str(refusal).isprintable()
