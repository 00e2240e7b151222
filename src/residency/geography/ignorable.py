"""Characters that have no place in the name of a country: unseen, unprintable or reordering."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["forbidden_character"]

# The property Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, whole: it holds
# every bidirectional control (UAX 9), the joiners, variation selectors and tag characters.
_DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
_CONTROL = ((0x0000, 0x001F), (0x007F, 0x009F))
_SEPARATOR = ((0x2028, 0x2029),)
_SURROGATE = ((0xD800, 0xDFFF),)


def forbidden_character(text: str) -> str | None:
    """Return the first character of ``text`` that cannot be part of a name, or None.

    These are control characters, line and paragraph separators, lone surrogates and the code
    points that Unicode calls default-ignorable.
    """
    if text.isascii() and text.isprintable():
        return None
    found = _forbidden().search(text)
    return None if found is None else found[0]


@cache
def _forbidden() -> re.Pattern[str]:
    ranges = (*_CONTROL, *_SEPARATOR, *_SURROGATE, *_DEFAULT_IGNORABLE)
    return re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]")
