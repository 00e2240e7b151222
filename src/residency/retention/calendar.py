"""Calendar arithmetic, by python-dateutil: the one module that needs the extra ``retention``."""

from __future__ import annotations

from datetime import date

from residency.errors import ErrorKind, InputError, MissingExtraError
from residency.policy.document import RetentionLimit
from residency.retention.limit import in_words

__all__ = ["end_of"]


def end_of(limit: RetentionLimit, start: date) -> date:
    """Return the last day on which data may be kept by a limit that began on ``start``.

    A month or year that lacks the day ends on its last one (a year after 29 February is 28
    February), so that nothing is kept longer than was stated.

    Raises:
        InputError: it lies beyond the year 9999 (INVALID_DATE).
        MissingExtraError: python-dateutil is not installed.
    """
    # Imported here, so that all that needs no calendar works without it.
    try:
        from dateutil.relativedelta import relativedelta
    except ImportError as error:
        message = "python-dateutil is missing: install residency[retention]"
        raise MissingExtraError(message, kind=ErrorKind.MISSING_EXTRA) from error
    amounts = {limit.unit.value: limit.amount}
    try:
        return start + relativedelta(
            days=amounts.get("days", 0),
            months=amounts.get("months", 0),
            years=amounts.get("years", 0),
        )
    except (OverflowError, ValueError):
        message = f"{in_words((limit,))} on {start} lies beyond the year 9999"
        raise InputError(
            f"{message}: give an earlier day", kind=ErrorKind.INVALID_DATE, value=start
        ) from None
