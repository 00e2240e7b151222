"""What the administrator typed as the country, read as exactly one territory or refused.

Never guess a residency: a text is accepted only if it is, after folding, a code or a name in the
tables. Nothing is matched by prefix, likeness or sound; likeness only ever makes a suggestion.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, cast

from residency.errors import CountryError, ErrorKind, quote, quote_type
from residency.geography.folding import fold
from residency.geography.gazetteer import (
    ACCEPTED,
    SPELLINGS,
    TERRITORIES,
    Territory,
    is_code,
    refusal_of,
)
from residency.geography.ignorable import forbidden_character

__all__ = ["LONGEST_COUNTRY", "TERRITORIES", "Territory", "normalise"]

LONGEST_COUNTRY: Final = 256
"""The longest text, in characters, that is read as a country."""

_ADVICE: Final = "give an ISO 3166-1 code or the country's English name"
_WHY: Final = {
    ErrorKind.UNKNOWN: f"is not known: {_ADVICE}",
    ErrorKind.AMBIGUOUS: "may mean several territories: say which one",
    ErrorKind.SUBDIVISION: "is a part of a country: give the country",
    ErrorKind.WITHDRAWN: "is no longer in use: give the territory it is now",
    ErrorKind.RESERVED: f"is a reserved code of no country: {_ADVICE}",
    ErrorKind.NOT_A_COUNTRY: f"is not a country: {_ADVICE}",
}

# The spellings that forms and files hold most are answered by one look-up, without folding.
_WARM: Final = ACCEPTED | SPELLINGS


def normalise(text: object) -> Territory:
    """Return the territory that ``text`` names.

    Accepted are the codes of ISO 3166-1 (two letters, three letters, three digits), its names, and
    the aliases of the project's own table, in any case, half or full width, with any whitespace
    around them. A code must be typed as one: a sign that merely resembles it is not accepted.

    Source: §5(placement), the country given at initial setup.

    Args:
        text: what was typed as the country.

    Returns:
        The alpha-2 code; normalising it again returns it unchanged.

    Raises:
        CountryError: with the kind TYPE, TOO_LONG, EMPTY, INVALID_CHAR, UNKNOWN, AMBIGUOUS,
            SUBDIVISION, WITHDRAWN, RESERVED or NOT_A_COUNTRY. Its suggestions are territories
            that may have been meant.
    """
    if type(text) is str:
        known = _WARM.get(text)
        if known is not None:
            return known
    elif not issubclass(type(text), str):
        raise _wrong_type(text)
    # A subclass of str may redefine anything; its plain text is taken without asking it.
    raw = str.__str__(cast("str", text))
    if len(raw) > LONGEST_COUNTRY:
        why = f"has {len(raw)} characters, more than {LONGEST_COUNTRY}: {_ADVICE}"
        raise _refused(ErrorKind.TOO_LONG, raw, why)
    return _read(raw)


@lru_cache(maxsize=4096)
def _read(raw: str) -> Territory:
    text = raw.strip()
    if not text:
        raise CountryError(f"country is empty: {_ADVICE}", kind=ErrorKind.EMPTY, value=raw)
    forbidden = forbidden_character(text)
    if forbidden is not None:
        why = f"holds the character U+{ord(forbidden):04X}: remove it"
        raise _refused(ErrorKind.INVALID_CHAR, raw, why)
    key = fold(text)
    # INVARIANT (a code is typed as one): Ⅵ, ﬁ and ™ fold into two letters, but are no code.
    if not _is_typed_plainly(text) and is_code(key):
        raise _refused(ErrorKind.UNKNOWN, raw, f"only resembles a code: {_ADVICE}")
    territory = ACCEPTED.get(key)
    if territory is not None:
        return territory
    refusal = refusal_of(key)
    if refusal is None:
        from residency.geography.suggestion import investigate  # few processes ever need it

        refusal = investigate(key)
    raise _refused(refusal.kind, raw, _WHY[refusal.kind], refusal.suggestions)


def _is_typed_plainly(text: str) -> bool:
    """Return whether ``text`` is ASCII, or the full-width forms of ASCII that East Asia types."""
    return text.isascii() or all(
        character.isascii() or "\uff01" <= character <= "\uff5e" for character in text
    )


def _refused(
    kind: ErrorKind, raw: str, why: str, suggestions: tuple[Territory, ...] = ()
) -> CountryError:
    hint = f" (perhaps {', '.join(suggestions)})" if suggestions else ""
    return CountryError(
        f"country {quote(raw)} {why}{hint}", kind=kind, value=raw, suggestions=suggestions
    )


def _wrong_type(value: object) -> CountryError:
    if type(value) is bool:
        hint = "put it in quotes (YAML reads an unquoted NO as false)"
    elif type(value) is float:
        hint = "read the file without a marker for missing values (pandas reads NA as NaN)"
    else:
        hint = "pass it as text"
    name = quote_type(value)
    return CountryError(f"country is {name}, not text: {hint}", kind=ErrorKind.TYPE, value=value)
