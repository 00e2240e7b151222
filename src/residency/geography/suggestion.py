"""Hints for a text that the tables do not hold: what its writer may have meant.

This is the only module that asks pycountry, and it never decides a territory: whatever it finds
goes into an error, for a person to choose from. pycountry is imported on the first miss, not
before. If it is missing or broken the refusal stands, with fewer hints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Final, Protocol, cast
from unicodedata import normalize

from residency.errors import ErrorKind
from residency.geography.folding import fold
from residency.geography.gazetteer import ACCEPTED, TERRITORIES, Refusal, Territory, is_code

__all__ = ["MOST_SUGGESTIONS", "investigate"]

MOST_SUGGESTIONS: Final = 5

# The cost of a near miss grows with the square of the text, and no name is longer than this.
_SHORTEST_NEAR_MISS: Final = 4
_LONGEST_NEAR_MISS: Final = 64

_Index = Mapping[str, tuple[Territory, ...]]


class _Part(Protocol):
    """A subdivision, as far as it is read: pycountry leaves its fields untyped."""

    code: str
    name: str
    country_code: str


@lru_cache(maxsize=4096)
def investigate(key: str) -> Refusal:
    """Return why a text outside the tables is refused: a part of a country, or unknown.

    The suggestions are the countries that have such a part, then the territories called so in
    another language; failing both, those whose English name is spelled almost so.

    Args:
        key: the folded text.
    """
    parents = _parts().get(key, ())
    loose = _letters(key)
    meant = (*parents, *_translated_names().get(loose, ())) or _near_misses(loose)
    kind = ErrorKind.SUBDIVISION if parents else ErrorKind.UNKNOWN
    return Refusal(kind, tuple(dict.fromkeys(meant))[:MOST_SUGGESTIONS])


@cache
def _parts() -> _Index:
    """Return the countries by the ISO 3166-2 codes and names of their parts."""
    found: dict[str, set[str]] = {}
    try:
        import pycountry

        for part in cast("Iterable[_Part]", pycountry.subdivisions):
            # "Catalunya [Cataluña]" is one name and another.
            for text in (part.code, part.name, *part.name.rstrip("]").split(" [")):
                found.setdefault(fold(text), set()).add(part.country_code)
    except Exception:  # noqa: BLE001 - a hint that fails must not turn a refusal into a crash
        return {}
    return _tidied(found)


@cache
def _translated_names() -> _Index:
    """Return the territories by their names in every language of pycountry, and by their flags."""
    found: dict[str, set[str]] = {}
    try:
        import gettext
        from pathlib import Path

        import pycountry

        for language in sorted(folder.name for folder in Path(pycountry.LOCALES_DIR).iterdir()):
            translated = gettext.translation(
                "iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True
            )
            for country in pycountry.countries:
                for field in ("name", "common_name", "official_name", "flag"):
                    text = getattr(country, field, None)
                    if text is not None:
                        loose = _letters(fold(translated.gettext(text)))
                        found.setdefault(loose, set()).add(country.alpha_2)
    except Exception:  # noqa: BLE001 - a hint that fails must not turn a refusal into a crash
        return {}
    return _tidied(found)


def _tidied(found: Mapping[str, Iterable[str]]) -> _Index:
    return {
        text: tuple(sorted(Territory(code) for code in codes if code in TERRITORIES))
        for text, codes in found.items()
    }


def _near_misses(loose: str) -> Iterable[Territory]:
    """Return the territories with a name that is one slip away from ``loose``, the closest first.

    A slip is a letter that is missing, doubled, wrong, or swapped with its neighbour: both texts
    become the same when at most one letter is dropped from each.
    """
    if not _SHORTEST_NEAR_MISS <= len(loose) <= _LONGEST_NEAR_MISS:
        return ()
    index = _names_less_a_letter()
    return (territory for text in _less_a_letter(loose) for territory in index.get(text, ()))


@cache
def _names_less_a_letter() -> _Index:
    found: dict[str, set[Territory]] = {}
    for key, territory in ACCEPTED.items():
        if not is_code(key):
            for text in _less_a_letter(_letters(key)):
                found.setdefault(text, set()).add(territory)
    return _tidied(found)


def _less_a_letter(text: str) -> Iterator[str]:
    yield text
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :]


def _letters(key: str) -> str:
    """Return ``key`` without accents, spaces and punctuation, unless nothing would be left."""
    return "".join(filter(str.isalnum, normalize("NFD", key))) or key
