"""Plain checks of the values that callers pass: text, days and moments.

They are ordinary functions, called where a value is built, because validators that a library could
switch off must not stand between an input and a decision.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TypeVar, cast

from residency.errors import ErrorKind, InputError, quote, quote_type

__all__ = [
    "LONGEST_TEXT",
    "items_of",
    "require_date",
    "require_instance",
    "require_moment",
    "require_text",
    "require_texts",
]

_T = TypeVar("_T")

LONGEST_TEXT = 256
"""The longest text, in characters, that an identifier or a name may have."""

_MOST_TEXTS = 256


def require_instance(
    value: object, kind: type[_T], name: str, *, error: type[InputError] = InputError
) -> _T:
    """Return ``value`` if it is an instance of ``kind``.

    Raises:
        InputError: it is not (TYPE).
    """
    if isinstance(value, kind):
        return value
    message = f"{name} is a {quote_type(value)}: pass a {kind.__name__}"
    raise error(message, kind=ErrorKind.TYPE, value=value)


def items_of(value: object) -> tuple[object, ...] | None:
    """Return the items of a tuple, list or set; None for anything else, a single text included."""
    if isinstance(value, (tuple, list, set, frozenset)):
        return tuple(cast("tuple[object, ...]", value))
    return None


def require_text(
    value: object,
    name: str,
    *,
    error: type[InputError] = InputError,
    longest: int = LONGEST_TEXT,
) -> str:
    """Return ``value`` as a plain ``str`` that is fit for one line of a log.

    Args:
        value: what the caller passed.
        name: what to call it in the message.
        error: the error class to raise.
        longest: the most characters allowed.

    Raises:
        InputError: it is not text (TYPE), empty or blank (EMPTY), longer than ``longest``
            (TOO_LONG), or holds a character that does not print (INVALID_CHAR).
    """
    text = str.__str__(require_instance(value, str, name, error=error))
    if len(text) > longest:
        message = f"{name} has {len(text)} characters: use at most {longest}"
        raise error(message, kind=ErrorKind.TOO_LONG, value=value)
    if not text.strip():
        raise error(f"{name} is empty: give its value", kind=ErrorKind.EMPTY, value=value)
    if not text.isprintable():
        message = f"{name} {quote(text)} holds a character that does not print: remove it"
        raise error(message, kind=ErrorKind.INVALID_CHAR, value=value)
    return text


def require_texts(value: object, name: str, *, error: type[InputError]) -> frozenset[str]:
    """Return a set, list or tuple of texts as a frozenset of checked ones.

    A single text is refused rather than read as its characters.

    Raises:
        InputError: it is no such collection (TYPE), holds nothing (EMPTY) or more than 256 texts
            (TOO_LARGE), or one of them fails :func:`require_text`.
    """
    items = items_of(value)
    if items is None:
        message = f"{name} is a {quote_type(value)}: pass a set of texts"
        raise error(message, kind=ErrorKind.TYPE, value=value)
    if not items:
        raise error(f"{name} is empty: name at least one", kind=ErrorKind.EMPTY, value=value)
    if len(items) > _MOST_TEXTS:
        message = f"{name} has {len(items)} entries: use at most {_MOST_TEXTS}"
        raise error(message, kind=ErrorKind.TOO_LARGE, value=value)
    return frozenset(require_text(item, f"an entry of {name}", error=error) for item in items)


def require_date(value: object, name: str) -> date:
    """Return ``value`` if it is a calendar day.

    Raises:
        InputError: it is not a ``date``, or it is a ``datetime``, whose day depends on a time zone.
    """
    if not isinstance(value, date) or isinstance(value, datetime):
        message = f"{name} is a {quote_type(value)}: pass a datetime.date"
        raise InputError(message, kind=ErrorKind.INVALID_DATE, value=value)
    return value


def require_moment(value: object, name: str) -> datetime:
    """Return ``value``, a timezone-aware moment, in UTC.

    Raises:
        InputError: it is not a ``datetime`` (TYPE), has no time zone (NAIVE_TIME), or lies outside
            the years 1 to 9999 in UTC (INVALID_DATE).
    """
    moment = require_instance(value, datetime, name)
    if moment.utcoffset() is None:
        message = f"{name} has no time zone: pass a timezone-aware datetime"
        raise InputError(message, kind=ErrorKind.NAIVE_TIME, value=value)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = f"{name} lies outside the years 1 to 9999 in UTC: use a moment inside them"
        raise InputError(message, kind=ErrorKind.INVALID_DATE, value=value) from None
