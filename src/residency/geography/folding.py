"""One key for every spelling that differs only in case, width, spacing around it or apostrophe."""

from __future__ import annotations

from unicodedata import normalize

__all__ = ["fold"]

# What keyboards and word processors put where an apostrophe belongs. The grave and acute accents
# standing alone must go before NFKC, which would take the acute apart.
_APOSTROPHES = str.maketrans(dict.fromkeys("`´ʹʻʼʽˈ‘’‛′‵՚＇ꞌ", "'"))


def fold(text: str) -> str:
    """Return the key under which ``text`` is compared: the same for equal names, and stable.

    Compatibility forms are unified (NFKC), case is folded, whitespace around the text is trimmed
    and typographic apostrophes become ``'``. Accents and inner spacing are kept. Folding a folded
    text changes nothing.

    Args:
        text: any text; cap its length first, NFKC is quadratic on combining marks.
    """
    if text.isascii():
        return text.translate(_APOSTROPHES).lower().strip() if "`" in text else text.lower().strip()
    # Case folding can leave a text that NFKC would change, and the other way round, so both are
    # done twice, from the decomposed form, as Unicode 3.13 (R5) asks.
    apart = normalize("NFD", text.translate(_APOSTROPHES))
    once = normalize("NFKC", apart.casefold()).casefold()
    return normalize("NFKC", once).translate(_APOSTROPHES).strip()
