"""The reference evaluator's reading of what was typed as the country: a territory, or a refusal.

It loops over the geography's data files and shares no code with :mod:`residency.geography`.
"""

from __future__ import annotations

import re
from typing import Final

from residency.testing.source import GEOGRAPHY, plain

__all__ = ["refusals_of", "territory_of"]

_LONGEST: Final = 256
_LONGEST_CODE: Final = 3
# No ligature and no Roman-numeral sign is two letters of a code; fullwidth letters are letters.
_PLAIN = frozenset(chr(sign) for sign in (*range(0x20, 0x7F), *range(0xFF01, 0xFF5F)))

# Control characters, separators of lines, surrogates, and what Unicode calls default-ignorable.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_UNTOLD: Final = ("UNKNOWN", "SUBDIVISION")
"""The kinds of what the data files do not hold: which parts countries have, others know."""


def territory_of(text: str) -> str | None:
    """Return the territory that a text names; None if it names none, or not exactly one."""
    if len(text) > _LONGEST or _HIDDEN.search(text.strip()):
        return None
    key = plain(text)
    if key in _REFUSED:
        return None
    for spelling, territory in _SPELLED.get(key, []):
        if _is_plain(text) or not _is_code(spelling):
            return territory
    return None


def refusals_of(text: str) -> tuple[str, ...]:
    """Return the kinds with which a text may be refused as a country; none if it names one.

    It is one kind wherever the text or the data files tell which. What they do not hold is unknown
    or a part of a country, as lists of such parts say that are not among them.
    """
    if territory_of(text) is not None:
        return ()
    told = _refusal_by_form(text) or _refusal_by_tables(text)
    return _UNTOLD if told is None else (told,)


def _refusal_by_form(text: str) -> str | None:
    if len(text) > _LONGEST:
        return "TOO_LONG"
    if not text.strip():
        return "EMPTY"
    return "INVALID_CHAR" if _HIDDEN.search(text.strip()) else None


def _refusal_by_tables(text: str) -> str | None:
    key = plain(text)
    if key in _REFUSED and (_is_plain(text) or key not in _REFUSED_CODES):
        return _REFUSED[key]
    for shape, kind in GEOGRAPHY["refused_shapes"]:
        if re.fullmatch(shape, key) and _is_plain(text):
            return kind
    return None


def _spelled() -> dict[str, list[tuple[str, str]]]:
    """Return the spellings that are alike where case does not count, each with its territory."""
    spelled: dict[str, list[tuple[str, str]]] = {}
    for spelling, name, territory in GEOGRAPHY["names"]:
        spelled.setdefault(name, []).append((spelling, territory))
    return spelled


_SPELLED = _spelled()
_REFUSED = {name: kind for _, name, kind in GEOGRAPHY["refused"]}
_REFUSED_CODES = frozenset(GEOGRAPHY["refused_codes"])


def _is_code(spelling: str) -> bool:
    # Letters and digits alone: `U S` is as short as a code, but a name.
    short = len(spelling) <= _LONGEST_CODE and spelling.isascii() and spelling.isalnum()
    return short and spelling == spelling.upper()


def _is_plain(text: str) -> bool:
    return _PLAIN.issuperset(text.strip())
