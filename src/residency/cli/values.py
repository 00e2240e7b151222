"""Days, moments and yes or no as people write them, in files and on the command line."""

from __future__ import annotations

from datetime import date, datetime

from residency.checks import require_moment
from residency.errors import ErrorKind, InputError, quote

__all__ = ["read_day", "read_flag", "read_moment"]


def read_day(value: object, name: str) -> date:
    """Return the day that a text such as ``2021-03-01`` names.

    Raises:
        InputError: it is no such text, or no day of the calendar (INVALID_DATE).
    """
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            pass
        else:
            # Other ways to write a day, such as 2021-W09-1, are read by few who look at the file.
            if day.isoformat() == value:
                return day
    message = f"{name} is {quote(value)}: write a day such as 2021-03-01"
    raise InputError(message, kind=ErrorKind.INVALID_DATE, value=value)


def read_moment(value: object, name: str) -> datetime:
    """Return the moment that a text such as ``2021-03-01T12:00:00+01:00`` names, in UTC.

    Raises:
        InputError: it is no such text (INVALID_DATE), or names no time zone (NAIVE_TIME).
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if moment.utcoffset() is not None:
                return require_moment(moment, name)
            message = f"{name} {quote(value)} has no time zone: add it, such as Z for UTC"
            raise InputError(message, kind=ErrorKind.NAIVE_TIME, value=value)
    message = f"{name} is {quote(value)}: write a moment such as 2021-03-01T12:00:00Z"
    raise InputError(message, kind=ErrorKind.INVALID_DATE, value=value)


def read_flag(value: object, name: str) -> bool:
    """Return whether a text, or a value of JSON, says ``true`` or ``false``.

    Raises:
        InputError: it says neither (TYPE).
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _FLAGS:
        return _FLAGS[value]
    message = f"{name} is {quote(value)}: write true or false"
    raise InputError(message, kind=ErrorKind.TYPE, value=value)


_FLAGS = {"true": True, "false": False}
