"""The key under which spellings are compared."""

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from residency.geography.folding import fold


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("France", "france"),
        ("FRANCE", "france"),
        ("  France\t\r\n", "france"),
        ("\u00a0France\u3000", "france"),
        ("ＦＲＡＮＣＥ", "france"),
        ("Straße", "strasse"),
        ("Co\u0302te", "c\u00f4te"),
        ("new\u00a0zealand", "new zealand"),
        ("New  Zealand", "new  zealand"),
        ("", ""),
    ],
)
def test_case_width_form_and_surrounding_space_are_folded(text: str, key: str) -> None:
    """Case, width, composed form and the space around a text make no difference; the rest does."""
    assert fold(text) == key


@pytest.mark.parametrize("apostrophe", "'`´ʹʻʼʽˈ‘’‛′‵՚＇ꞌ")
def test_typographic_apostrophes_are_one(apostrophe: str) -> None:
    """Whatever a keyboard or a word processor puts for an apostrophe is folded to one."""
    assert fold(f"Côte d{apostrophe}Ivoire") == "côte d'ivoire"
    assert fold(f"Cote d{apostrophe}Ivoire") == "cote d'ivoire"


def test_accents_are_kept() -> None:
    """An accent tells names apart, so it is not folded away."""
    assert fold("Côte") != fold("Cote")


@given(st.text())
@example("İ")
@example("\u0345\u03b1")
@example("ŉ")
@example("´a")
def test_folding_is_idempotent(text: str) -> None:
    """Folding a folded text changes nothing."""
    assert fold(fold(text)) == fold(text)


@pytest.mark.untraced
def test_folding_is_idempotent_on_each_character() -> None:
    """Folding a folded character changes nothing, for all of Unicode."""
    changed = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if fold(fold(character)) != fold(character)
    ]
    assert changed == []
