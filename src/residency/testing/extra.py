"""Hypothesis, or the name of the extra that brings it."""

from __future__ import annotations

from residency.errors import ErrorKind, MissingExtraError

try:
    from hypothesis import strategies as st
except ImportError as error:
    message = "the strategies need hypothesis: install residency[testing]"
    raise MissingExtraError(message, kind=ErrorKind.MISSING_EXTRA) from error

__all__ = ["st"]
