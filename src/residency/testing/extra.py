"""Hypothesis and pytest, or the name of the extra that brings them."""

from __future__ import annotations

from collections.abc import Callable

from residency.errors import ErrorKind, MissingExtraError

try:
    import pytest
    from hypothesis import HealthCheck, assume, given, settings
    from hypothesis import strategies as st
except ImportError as error:
    message = "the properties need Hypothesis and pytest: install `residency[testing]`"
    raise MissingExtraError(message, kind=ErrorKind.MISSING_EXTRA) from error

__all__ = ["assume", "drawn", "pytest", "skip_unless", "st"]


def drawn(test: Callable[..., None]) -> Callable[..., None]:
    """Have Hypothesis call a test with many `data`, from which it draws what it needs.

    How long an implementation takes is no property of it, so there is no deadline. How many
    examples are tried, the profile says (`--hypothesis-profile`).

    Args:
        test: a test with an argument `data`.
    """
    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    return patient(given(data=st.data())(test))


def skip_unless(asked: object, lacking: str) -> None:
    """Skip a property of which a policy offers nothing to ask, rather than pass it.

    Args:
        asked: what there is to ask; nothing if it is empty or false.
        lacking: what the policy lacks, in words.
    """
    if not asked:
        pytest.skip(f"nothing to ask: {lacking}")
