"""Characters that cannot be part of a name, against Unicode's definition of the property.

DerivedCoreProperties.txt derives Default_Ignorable_Code_Point: format characters, variation
selectors and a few others, less white space, interlinear annotation, hieroglyph controls and
prepended marks.
"""

import sys
from unicodedata import category, name

import pytest

from residency.geography.ignorable import forbidden_character

_CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1)]
_FORBIDDEN = {character for character in _CHARACTERS if forbidden_character(character)}

_PREPENDED_MARKS = {0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
_VISIBLE_FORMAT_CHARACTERS = {
    *map(chr, range(0x0600, 0x0606)),
    *map(chr, _PREPENDED_MARKS),
    *map(chr, range(0xFFF9, 0xFFFC)),
    *map(chr, range(0x13430, 0x13460)),
}
_OTHER_IGNORABLE = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0"}


def test_what_does_not_print_is_forbidden() -> None:
    """Controls, line and paragraph separators and lone surrogates are forbidden, each of them."""
    unprintable = {c for c in _CHARACTERS if category(c) in {"Cc", "Zl", "Zp", "Cs"}}
    assert unprintable <= _FORBIDDEN


def test_format_characters_are_forbidden() -> None:
    """Format characters are forbidden, bidirectional controls too, but for the visible ones."""
    formats = {character for character in _CHARACTERS if category(character) == "Cf"}
    assert formats - _VISIBLE_FORMAT_CHARACTERS <= _FORBIDDEN
    assert _VISIBLE_FORMAT_CHARACTERS.isdisjoint(_FORBIDDEN)


def test_selectors_and_fillers_are_forbidden() -> None:
    """Variation selectors, fillers, the grapheme joiner and unseen vowels are forbidden."""
    selectors = {c for c in _CHARACTERS if "VARIATION SELECTOR" in name(c, "")}
    assert selectors | _OTHER_IGNORABLE <= _FORBIDDEN


def test_nothing_visible_is_forbidden() -> None:
    """No other assigned character is forbidden."""
    visible = {
        character
        for character in _FORBIDDEN
        if category(character) not in {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
        and "VARIATION SELECTOR" not in name(character)
    }
    assert visible == _OTHER_IGNORABLE


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [("Fra\u200bnce", "\u200b"), ("a\u202eb\u200bc", "\u202e"), ("\x00", "\x00"), ("é\t", "\t")],
)
def test_the_first_forbidden_character_is_named(text: str, forbidden: str) -> None:
    """The answer is the first forbidden character of the text."""
    assert forbidden_character(text) == forbidden


@pytest.mark.parametrize("text", ["", "France", "Côte d'Ivoire", "日本", "Åland Islands"])
def test_names_hold_no_forbidden_character(text: str) -> None:
    """Ordinary names pass."""
    assert forbidden_character(text) is None
