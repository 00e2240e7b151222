"""Time a call beside a yardstick, in turns so short that neither is interrupted alone.

On a shared machine a minute is never like the one before it. So the two are timed in alternation, a
few hundred times a tenth of a millisecond, and what counts is the median of the quotients.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from timeit import Timer
from typing import Any

Timed = Callable[[int], float]
"""Do something so many times and return the seconds that it took."""

_TURN = 120e-6


def statement(text: str, names: dict[str, Any]) -> Timed:
    """Return how to time a statement."""
    return Timer(text, globals=names).timeit


def loops_of(timed: Timed) -> int:
    """Return how many loops make a turn."""
    loops = 1
    while min(timed(loops) for _ in range(3)) < _TURN:
        loops *= 2
    return loops


def beside(call: Timed, yardstick: Timed, *, turns: int = 150) -> Timed:
    """Return a timer, for pyperf, whose seconds are yardsticks."""

    def quotient(loops: int) -> float:
        calls, yards = loops_of(call), loops_of(yardstick)
        found = [(call(calls) / calls) / (yardstick(yards) / yards) for _ in range(turns * loops)]
        return median(found) * loops

    return quotient


def alone(call: Timed, *, turns: int = 150) -> Timed:
    """Return a timer, for pyperf, of the median turn."""

    def seconds(loops: int) -> float:
        calls = loops_of(call)
        return median(call(calls) / calls for _ in range(turns * loops)) * loops

    return seconds
