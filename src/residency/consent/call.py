"""One call, one timeout: all that a decision or a write asks of a store shares it.

A decision looks whether what it kept is fresh, and may then read; a write reads first. Each by
itself may take a store's timeout, so the store counts it from when the whole call began.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from time import monotonic
from typing import final

__all__ = ["OneCall", "call_began"]

_began: ContextVar[float | None] = ContextVar("residency_call_began", default=None)


@final
class OneCall:
    """A block that is one call; inside another such block it belongs to that one.

    Threads that the block starts by :func:`asyncio.to_thread`, and tasks, are in it as well.
    """

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token: Token[float | None] | None = None
        if _began.get() is None:
            self._token = _began.set(monotonic())

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            _began.reset(self._token)


def call_began() -> float:
    """Return when the present call began, by :func:`time.monotonic`: now, if none is under way."""
    began = _began.get()
    return monotonic() if began is None else began
