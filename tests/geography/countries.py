"""pycountry as the independent list that the tables are compared with, and how a text is read."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import pycountry

from residency.errors import CountryError, ErrorKind
from residency.geography import Territory, normalise


def words(text: str, separator: str | None = None) -> list[str]:
    """Return the words of a table that is written as one text."""
    return text.split(separator)


KINDS = words(
    "EMPTY TYPE TOO_LONG INVALID_CHAR UNKNOWN AMBIGUOUS SUBDIVISION WITHDRAWN "
    "RESERVED NOT_A_COUNTRY"
)

# Some countries bear the same name twice.
SPELLINGS = sorted(
    {
        (str(spelling), record.alpha_2)
        for record in pycountry.countries
        for field in ("alpha_2", "alpha_3", "numeric", "name", "official_name", "common_name")
        if (spelling := getattr(record, field, None)) is not None
        # The ISO name of one country and half the name of another: semantics say ambiguous.
        and spelling != "Congo"
    }
)
"""Every code and name in pycountry, with its alpha-2 code."""

OFFICIAL = {code for _, code in SPELLINGS}
"""The officially assigned alpha-2 codes."""

SUBDIVISIONS: list[tuple[str, str]] = [
    (part.code, part.name) for part in cast("Iterable[Any]", pycountry.subdivisions)
]
"""The code and name of every part of a country in ISO 3166-2."""

ASSIGNED = {spelling for spelling, _ in SPELLINGS}


def withdrawn_codes() -> Iterator[str]:
    """Give every code of ISO 3166-3 that no territory bears today."""
    for record in pycountry.historic_countries:
        for field in ("alpha_2", "alpha_3", "numeric", "alpha_4"):
            code: str | None = getattr(record, field, None)
            if code is not None and code not in ASSIGNED:
                yield code


def read(text: object) -> Territory | ErrorKind | str:
    """Return the territory that ``text`` names, or the kind of its refusal."""
    try:
        return normalise(text)
    except CountryError as refusal:
        return refusal.kind


def refusal_of(text: object) -> CountryError:
    """Return the refusal of ``text``.

    Raises:
        AssertionError: it was accepted.
    """
    try:
        territory = normalise(text)
    except CountryError as refusal:
        return refusal
    message = f"{text!r} was read as {territory}"
    raise AssertionError(message)
