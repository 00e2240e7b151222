"""Plain checks of the values that callers pass: text, days and moments.

They are ordinary functions, called where a value is built, because validators that a library could
switch off must not stand between an input and a decision.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar, cast

from residency.errors import ErrorKind, InputError, quote, quote_type

__all__ = [
    "LONGEST_RECEIPT",
    "LONGEST_TEXT",
    "items_of",
    "read_clock",
    "require_callable",
    "require_date",
    "require_instance",
    "require_moment",
    "require_size",
    "require_str",
    "require_text",
    "require_texts",
]

_T = TypeVar("_T")

LONGEST_TEXT = 256
"""The longest text, in characters, that an identifier or a name may have."""

LONGEST_RECEIPT = 16_777_216
"""The longest line, in bytes, of a file of receipts.

It stands here and not with the receipts, because whoever only searches them needs no extra.
"""

_MOST_TEXTS = 256


def require_instance(
    value: object, kind: type[_T], name: str, *, error: type[InputError] = InputError
) -> _T:
    """Return ``value`` if it is an instance of ``kind``.

    Raises:
        InputError: it is not (TYPE).
    """
    # The type is asked, not the value: a value may claim any class (a mock does).
    if issubclass(type(value), kind):
        return cast("_T", value)
    message = f"{name} is a {quote_type(value)}: pass a {kind.__name__}"
    raise error(message, kind=ErrorKind.TYPE, value=value)


def require_str(value: object, name: str, *, error: type[InputError] = InputError) -> str:
    """Return text as a plain ``str``: a subclass may redefine what its methods do.

    Raises:
        InputError: it is not text (TYPE).
    """
    return str.__str__(require_instance(value, str, name, error=error))


def require_callable(value: _T, name: str) -> _T:
    """Return ``value`` if it can be called.

    Raises:
        InputError: it cannot (TYPE).
    """
    if callable(value):
        return value
    message = f"{name} is a {quote_type(value)}: pass a function"
    raise InputError(message, kind=ErrorKind.TYPE, value=value)


def require_size(value: object, name: str) -> int:
    """Return ``value`` if it is a number of things: 0 or more.

    Raises:
        InputError: it is no whole number (TYPE), or negative (MALFORMED).
    """
    # A truth value is an int to Python, and a slip to whoever passed it.
    if type(value) is bool:
        message = f"{name} is a {quote_type(value)}: pass an int"
        raise InputError(message, kind=ErrorKind.TYPE, value=value)
    size = require_instance(value, int, name)
    if size < 0:
        message = f"{name} is {size}: use 0 or more"
        raise InputError(message, kind=ErrorKind.MALFORMED, value=value)
    return size


def items_of(value: object) -> tuple[object, ...] | None:
    """Return the items of a tuple, list or set; None for anything else, a single text included."""
    if not issubclass(type(value), (tuple, list, set, frozenset)):
        return None
    try:
        return tuple(cast("tuple[object, ...]", value))
    except Exception:  # noqa: BLE001 - a subclass that cannot be read through is no collection
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
    text = value if type(value) is str else require_str(value, name, error=error)
    if len(text) <= longest and text.isprintable() and text.strip():
        return text
    if len(text) > longest:
        message = f"{name} has {len(text)} characters: use at most {longest}"
        raise error(message, kind=ErrorKind.TOO_LONG, value=value)
    if not text.strip():
        raise error(f"{name} is empty: give its value", kind=ErrorKind.EMPTY, value=value)
    message = f"{name} {quote(text)} holds a character that does not print: remove it"
    raise error(message, kind=ErrorKind.INVALID_CHAR, value=value)


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
    """Return ``value``, a calendar day, as a plain ``date``.

    Raises:
        InputError: it is not a ``date``, or it is a ``datetime``, whose day depends on a time zone.
    """
    if type(value) is date:
        return value
    if not issubclass(type(value), date) or issubclass(type(value), datetime):
        message = f"{name} is a {quote_type(value)}: pass a datetime.date"
        raise InputError(message, kind=ErrorKind.INVALID_DATE, value=value)
    # A subclass may compare as it likes; its day is taken without asking it.
    return date.fromordinal(date.toordinal(cast("date", value)))


def require_moment(value: object, name: str) -> datetime:
    """Return ``value``, a timezone-aware moment, as a plain ``datetime`` in UTC.

    Raises:
        InputError: it is not a ``datetime`` (TYPE), has no time zone (NAIVE_TIME), or lies outside
            the years 1 to 9999 in UTC, or its time zone fails to say where (INVALID_DATE).
    """
    if type(value) is datetime and value.tzinfo is UTC and not value.fold:
        return value
    moment = require_instance(value, datetime, name)
    try:
        offset = datetime.utcoffset(moment)
        local = datetime.combine(datetime.date(moment), datetime.time(moment))
        utc = local.replace(tzinfo=UTC) - (offset or timedelta(0))
    except OverflowError:
        message = f"{name} lies outside the years 1 to 9999 in UTC: use a moment inside them"
        raise InputError(message, kind=ErrorKind.INVALID_DATE, value=value) from None
    except Exception:  # noqa: BLE001 - a time zone is the caller's code
        message = f"{name} has a time zone that fails: pass a datetime in UTC"
        raise InputError(message, kind=ErrorKind.INVALID_DATE, value=value) from None
    if offset is None:
        message = f"{name} has no time zone: pass a timezone-aware datetime"
        raise InputError(message, kind=ErrorKind.NAIVE_TIME, value=value)
    return utc


def read_clock(clock: Callable[[], object]) -> datetime:
    """Return the moment that a clock tells, in UTC.

    Raises:
        InputError: the clock fails, or tells no moment that :func:`require_moment` takes.
    """
    try:
        told = clock()
    except Exception as error:
        message = "the clock fails: pass one that returns a timezone-aware datetime"
        raise InputError(message, kind=ErrorKind.TYPE, value=clock) from error
    return require_moment(told, "the clock's answer")
