"""What a property demands, said in a way that `python -O` does not remove."""

from __future__ import annotations

__all__ = ["expect", "expect_equal"]


def expect(condition: object, about: object) -> None:
    """Demand that something holds.

    Args:
        condition: what must be true.
        about: what is shown if it is not.

    Raises:
        AssertionError: it does not hold.
    """
    if not condition:
        raise AssertionError(str(about))


def expect_equal(found: object, expected: object, about: object) -> None:
    """Demand that an implementation answers what is expected.

    Args:
        found: the answer.
        expected: what it must be.
        about: what was asked.

    Raises:
        AssertionError: the two differ.
    """
    if found != expected:
        message = f"{about}\n  expected: {expected}\n  answered: {found}"
        raise AssertionError(message)
